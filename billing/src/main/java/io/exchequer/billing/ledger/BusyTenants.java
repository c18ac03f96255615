package io.exchequer.billing.ledger;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls of tenants whose budgets are just being changed. They wait here, without a
 * connection, until the change is over, and go back into the queue then.
 */
final class BusyTenants {

	private static final Logger log = LoggerFactory.getLogger(BusyTenants.class);

	private static final long LOOK_NANOS = 10_000_000;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<UUID, List<LedgerCall<?>>> waiting = new HashMap<>();

	private final Probe probe;

	private final Consumer<List<LedgerCall<?>>> queue;

	private volatile boolean empty = true;

	/**
	 * Makes a place to wait.
	 * @param probe tells who is still busy
	 * @param queue takes calls back
	 */
	BusyTenants(Probe probe, Consumer<List<LedgerCall<?>>> queue) {
		this.probe = probe;
		this.queue = queue;
	}

	/**
	 * Takes a call aside if its tenant's calls wait here.
	 * @return whether it did
	 */
	boolean takes(LedgerCall<?> call) {
		if (this.empty) {
			return false;
		}
		this.lock.lock();
		try {
			List<LedgerCall<?>> calls = this.waiting.get(call.tenant());
			if (calls == null) {
				return false;
			}
			call.takeAside();
			calls.add(call);
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Takes a call aside whose tenant is busy. */
	void add(LedgerCall<?> call) {
		this.lock.lock();
		try {
			call.takeAside();
			this.waiting.computeIfAbsent(call.tenant(), (tenant) -> new ArrayList<>()).add(call);
			if (this.empty) {
				this.empty = false;
				Thread.ofVirtual().name("ledger-aside").start(this::look);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Looks who is free again until nobody waits. */
	private void look() {
		boolean waits = true;
		while (waits) {
			LockSupport.parkNanos(LOOK_NANOS);
			try {
				List<LedgerCall<?>> free = free(busy(tenants()));
				if (!free.isEmpty()) {
					this.queue.accept(free);
				}
				waits = !tenants().isEmpty();
			}
			catch (RuntimeException | Error ex) {
				// Nobody else would ever take these calls back.
				log.warn("the tenants that wait are looked at again", ex);
			}
		}
	}

	private Set<UUID> busy(Set<UUID> tenants) {
		try {
			return this.probe.busy(tenants);
		}
		catch (SQLException | RuntimeException ex) {
			// Whoever asks the database next finds out, and its caller hears of it.
			log.debug("the tenants' locks could not be looked at", ex);
			return Set.of();
		}
	}

	private Set<UUID> tenants() {
		this.lock.lock();
		try {
			this.empty = this.waiting.isEmpty();
			return new HashSet<>(this.waiting.keySet());
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Removes what need not wait any more, and forgets whose caller has given up. */
	private List<LedgerCall<?>> free(Set<UUID> busy) {
		List<LedgerCall<?>> free = new ArrayList<>();
		this.lock.lock();
		try {
			for (Iterator<Map.Entry<UUID, List<LedgerCall<?>>>> tenants = this.waiting.entrySet().iterator(); tenants
				.hasNext();) {
				Map.Entry<UUID, List<LedgerCall<?>>> tenant = tenants.next();
				tenant.getValue().removeIf(GroupCommit.Entry::givenUp);
				if (!busy.contains(tenant.getKey())) {
					free.addAll(tenant.getValue());
					tenants.remove();
				}
			}
			return free;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Tells who is busy. */
	@FunctionalInterface
	interface Probe {

		/** Returns those of some tenants whose budgets are being changed. */
		Set<UUID> busy(Set<UUID> tenants) throws SQLException;

	}

}
