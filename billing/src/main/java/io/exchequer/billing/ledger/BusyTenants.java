package io.exchequer.billing.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * The calls of tenants whose budgets are just being changed: they wait for the change
 * aside, so that nobody else's do.
 */
final class BusyTenants {

	/** So many connections may wait with them; the others are everybody's. */
	private static final int CONNECTIONS_MAX = 2;

	/** Each has a thread while it is here. */
	private final Map<UUID, List<LedgerCall<?>>> waiting = new ConcurrentHashMap<>();

	private final Semaphore connections = new Semaphore(CONNECTIONS_MAX);

	private final Consumer<List<LedgerCall<?>>> work;

	/**
	 * Makes a place to wait.
	 * @param work finishes calls of one tenant, however long the tenant's lock is away;
	 * must not throw
	 */
	BusyTenants(Consumer<List<LedgerCall<?>>> work) {
		this.work = work;
	}

	/**
	 * Takes a call aside if its tenant's calls wait here.
	 * @return whether it did
	 */
	boolean takes(LedgerCall<?> call) {
		return !this.waiting.isEmpty() && this.waiting.computeIfPresent(call.tenant(), (tenant, calls) -> {
			call.takeAside();
			calls.add(call);
			return calls;
		}) != null;
	}

	/** Takes a call aside whose tenant is busy. */
	void add(LedgerCall<?> call) {
		call.takeAside();
		this.waiting.compute(call.tenant(), (tenant, calls) -> {
			if (calls != null) {
				calls.add(call);
				return calls;
			}
			Thread.ofVirtual().name("ledger-aside").start(() -> serve(tenant));
			return new ArrayList<>(List.of(call));
		});
	}

	private void serve(UUID tenant) {
		for (List<LedgerCall<?>> calls = take(tenant); !calls.isEmpty(); calls = take(tenant)) {
			this.connections.acquireUninterruptibly();
			try {
				List<LedgerCall<?>> wanted = calls.stream().filter((call) -> !call.givenUp()).toList();
				if (!wanted.isEmpty()) {
					this.work.accept(wanted);
				}
			}
			finally {
				this.connections.release();
			}
		}
	}

	/** Returns what waits; once nothing does, the tenant is as any other. */
	private List<LedgerCall<?>> take(UUID tenant) {
		List<LedgerCall<?>> taken = new ArrayList<>();
		this.waiting.compute(tenant, (key, calls) -> {
			if (calls == null || calls.isEmpty()) {
				return null;
			}
			taken.addAll(calls);
			return new ArrayList<>();
		});
		return taken;
	}

}
