package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import javax.sql.DataSource;

import io.exchequer.billing.Hold;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs batches of every kind of call: together in one statement where all is as usual,
 * and row by row, by kind, where it is not.
 */
final class LedgerBatches implements GroupCommit.Batches<LedgerCall<?>> {

	private static final Logger log = LoggerFactory.getLogger(LedgerBatches.class);

	/** For how long a limit that refused is expected to refuse again. */
	private static final Duration TIGHT_FOR = Duration.ofSeconds(1);

	private static final int TIGHT_MAX = 10_000;

	/** The locks it gets are given back at once. */
	private static final String LOCKED_SQL = """
			SELECT t.id FROM unnest(?::uuid[]) t(id) WHERE NOT pg_try_advisory_xact_lock_shared(tenant_lock(t.id))""";

	private final DataSource dataSource;

	private final Clock clock;

	private final UUID owner;

	private final Duration leaseDuration;

	private final Fence fence;

	private final Granted granted;

	private final BatchRunner<AdmitCall> admissions;

	private final BatchRunner<SettleCall> settlements;

	private final BatchRunner<SettleCall> returns;

	private final BusyTenants busy;

	private final SeenRows seen = new SeenRows();

	/** Budgets and keys whose limits have just refused, until when that is believed. */
	private final Map<UUID, Instant> tight = new ConcurrentHashMap<>();

	/**
	 * Makes a runner.
	 * @param owner this process
	 * @param fence the fencing token of this process's leases
	 * @param granted told of each hold before its caller is
	 * @param queue takes back the calls that waited aside, to be run in a batch again
	 */
	LedgerBatches(DataSource dataSource, Clock clock, UUID owner, Duration leaseDuration, Fence fence, Granted granted,
			Consumer<List<LedgerCall<?>>> queue) {
		this.busy = new BusyTenants(this::busy, queue);
		this.dataSource = dataSource;
		this.clock = clock;
		this.owner = owner;
		this.leaseDuration = leaseDuration;
		this.fence = fence;
		this.granted = granted;
		this.admissions = new BatchRunner<>(this::admit, this::withoutBusy);
		this.settlements = new BatchRunner<>((connection, batch) -> new SettleBatch(batch).run(connection),
				this::withoutBusy);
		this.returns = new BatchRunner<>(LedgerBatches::giveBack, this::withoutBusy);
	}

	@Override
	public void run(List<LedgerCall<?>> batch, Runnable handOver) {
		Posted posted = new Posted();
		try {
			runOnConnection(batch, posted);
			handOver.run();
		}
		finally {
			// Whatever comes after it: what is durable is told as such.
			posted.finish();
		}
	}

	private void runOnConnection(List<LedgerCall<?>> batch, Posted posted) {
		try (Connection connection = this.dataSource.getConnection()) {
			run(connection, batch, posted);
		}
		catch (SQLException ex) {
			posted.finish();
			// Those that were finished before stay so.
			UnavailableException problem = new UnavailableException("no connection to the ledger's database", ex);
			batch.forEach((call) -> call.failIn(batch, problem));
		}
	}

	private void run(Connection connection, List<LedgerCall<?>> batch, Posted posted) throws SQLException {
		List<LedgerCall<?>> unusual = new ArrayList<>();
		List<LedgerCall<?>> together = new ArrayList<>(batch.size());
		List<AdmitCall> repeated = new ArrayList<>();
		Set<UUID> asked = new HashSet<>();
		for (LedgerCall<?> call : batch) {
			if (call instanceof AdmitCall admission && !asked.add(admission.request().holdId())) {
				repeated.add(admission);
			}
			else if (!call.movesMoney() || !this.busy.takes(call)) {
				(isUsual(call) ? together : unusual).add(call);
			}
		}
		Exception problem = together.isEmpty() ? null
				: new BatchRunner<LedgerCall<?>>((with, calls) -> post(with, calls, posted), this::withoutBusy)
					.runWhole(connection, together);
		if (problem != null) {
			if (!(problem instanceof SQLException sql && PostingBatch.isNotAsAssumed(sql))) {
				log.warn("a batch is run row by row, since the statement for the usual case failed", problem);
			}
			unusual.addAll(
					PostingBatch.isBusy(problem) ? this.<LedgerCall<?>>withoutBusy(connection, together) : together);
		}
		if (!unusual.isEmpty() || !repeated.isEmpty()) {
			posted.finish();
		}
		runByKind(connection, unusual);
		for (AdmitCall again : repeated) {
			// The same hold, asked for twice at once, finds what the first has left.
			again.mayBeHeld();
			runByKind(connection, List.of(again));
		}
	}

	/**
	 * Leaves out the calls of tenants whose budgets are just being changed: they wait
	 * aside. A decision alone waits for nobody.
	 */
	private <C extends LedgerCall<?>> List<C> withoutBusy(Connection connection, List<C> calls) throws SQLException {
		Set<UUID> locked = busy(connection, calls.stream().map(LedgerCall::tenant).collect(Collectors.toSet()));
		List<C> free = new ArrayList<>(calls.size());
		for (C call : calls) {
			if (call.finished()) {
				continue;
			}
			if (call.movesMoney() && locked.contains(call.tenant())) {
				this.busy.add(call);
			}
			else {
				free.add(call);
			}
		}
		return free;
	}

	private Set<UUID> busy(Set<UUID> tenants) throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			return busy(connection, tenants);
		}
	}

	private static Set<UUID> busy(Connection connection, Set<UUID> tenants) throws SQLException {
		Set<UUID> locked = new HashSet<>();
		try (PreparedStatement statement = connection.prepareStatement(LOCKED_SQL)) {
			new Parameters(statement).uuids(List.copyOf(tenants), (tenant) -> tenant);
			try (ResultSet row = statement.executeQuery()) {
				while (row.next()) {
					locked.add(row.getObject(1, UUID.class));
				}
			}
		}
		return locked;
	}

	/** What ends holds first: it makes room. */
	private void runByKind(Connection connection, List<LedgerCall<?>> calls) throws SQLException {
		List<SettleCall> endings = new ArrayList<>();
		List<SettleCall> returns = new ArrayList<>();
		List<AdmitCall> requests = new ArrayList<>();
		for (LedgerCall<?> call : calls) {
			switch (call) {
				case AdmitCall admission -> requests.add(admission);
				case SettleCall settlement -> (settlement.givesShareBack() ? returns : endings).add(settlement);
			}
		}
		if (!returns.isEmpty()) {
			this.returns.run(connection, returns);
		}
		if (!endings.isEmpty()) {
			this.settlements.run(connection, endings);
		}
		if (!requests.isEmpty()) {
			this.admissions.run(connection, requests);
		}
	}

	/**
	 * A batch in which one row is not as usual is run twice, so what can be told before
	 * stays out of the others' way: limits that have just refused, windows and minutes
	 * that have no row yet, endings of holds that changed budgets have been attached to,
	 * and usage that stands in no column. What cost more than its bound is written with
	 * the evidence of that.
	 */
	private boolean isUsual(LedgerCall<?> call) {
		return switch (call) {
			case AdmitCall admission ->
				!admission.retry() && this.seen.knows(admission) && (this.tight.isEmpty() || !isTight(admission));
			case SettleCall settlement -> !settlement.hasOtherCounts() && !settlement.overBound()
					&& !settlement.givesShareBack() && this.seen.knows(settlement);
		};
	}

	private boolean isTight(AdmitCall call) {
		Instant now = this.clock.instant();
		return isTight(call.request().chargeTo().key().value(), now)
				|| call.charges().stream().anyMatch((charge) -> isTight(charge.budget().id(), now));
	}

	private boolean isTight(UUID id, Instant now) {
		Instant until = this.tight.get(id);
		if (until == null) {
			return false;
		}
		if (now.isBefore(until)) {
			return true;
		}
		this.tight.remove(id, until);
		return false;
	}

	/** Notes that a budget's limit, or a key's, has refused. */
	void refused(UUID budgetOrKey) {
		if (this.tight.size() >= TIGHT_MAX) {
			this.tight.clear();
		}
		this.tight.put(budgetOrKey, this.clock.instant().plus(TIGHT_FOR));
	}

	/** One after the other: each is a transaction of its own. */
	private static void giveBack(Connection connection, List<SettleCall> batch) throws SQLException {
		for (SettleCall call : batch) {
			if (call.row() instanceof SettleCall.Ending ending && ending.hold().request().share() != null) {
				ShareDraw.giveBack(connection, call, ending, ending.hold().request().share());
			}
		}
	}

	private void post(Connection connection, List<LedgerCall<?>> batch, Posted posted) throws SQLException {
		Instant now = this.clock.instant();
		PostingBatch posting = new PostingBatch(batch, this.owner, this.fence.token(connection),
				now.plus(this.leaseDuration));
		try {
			posting.run(connection);
		}
		catch (SQLException ex) {
			if (SqlFailure.of(ex) == SqlFailure.UNAVAILABLE) {
				mayBeHeld(batch);
			}
			throw ex;
		}
		catch (RuntimeException ex) {
			mayBeHeld(batch);
			throw ex;
		}
		posted.set(posting, now);
	}

	private void admit(Connection connection, List<AdmitCall> batch) throws SQLException {
		Instant now = this.clock.instant();
		Consumer<Hold> noted = (hold) -> this.granted.hold(hold, now);
		try {
			new AdmitBatch(batch).run(connection, this.owner, this.fence.token(connection),
					now.plus(this.leaseDuration), noted);
			batch.forEach(this.seen::note);
		}
		catch (SQLException | RuntimeException ex) {
			mayBeHeld(batch);
			throw ex;
		}
	}

	/** Its answer may have been lost after it was done. */
	private static void mayBeHeld(List<? extends LedgerCall<?>> batch) {
		for (LedgerCall<?> call : batch) {
			if (call instanceof AdmitCall admission) {
				admission.mayBeHeld();
			}
		}
	}

	/** What is durable and whose callers are still to be told. Used by one thread. */
	private final class Posted {

		private @Nullable PostingBatch posting;

		private Instant leasedAt = Instant.EPOCH;

		void set(PostingBatch durable, Instant at) {
			this.posting = durable;
			this.leasedAt = at;
		}

		/** Tells them; once. */
		void finish() {
			PostingBatch durable = this.posting;
			if (durable != null) {
				this.posting = null;
				durable.finish((hold) -> LedgerBatches.this.granted.hold(hold, this.leasedAt));
			}
		}

	}

	/** Tells the fencing token of this process's leases. */
	@FunctionalInterface
	interface Fence {

		long token(Connection connection) throws SQLException;

	}

	/** Is told of each hold before its caller is. */
	@FunctionalInterface
	interface Granted {

		void hold(Hold hold, Instant leasedAt);

	}

}
