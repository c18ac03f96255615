package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import javax.sql.DataSource;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BillingService;
import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.ReserveShare;
import io.exchequer.billing.Settled;
import io.exchequer.billing.Settlement;
import io.exchequer.kernel.Uuid7;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Billing on PostgreSQL, whose functions {@code post_batch}, {@code admit_holds} and
 * {@code settle_holds} decide and move everything; calls share transactions.
 */
public final class JdbcBillingService implements BillingService, AutoCloseable {

	private static final Logger log = LoggerFactory.getLogger(JdbcBillingService.class);

	private static final long RETRY_PAUSE_NANOS_MIN = 5_000_000;

	private static final long RETRY_PAUSE_NANOS_MAX = 2_000_000_000;

	private final DataSource dataSource;

	private final BillingSettings settings;

	private final Clock clock;

	private final Pricing pricing;

	private final UUID owner;

	private final OpenHolds open = new OpenHolds();

	private final LedgerBatches batches;

	private final GroupCommit<LedgerCall<?>> calls;

	/** Endings that go on being tried without a caller. */
	private final Set<SettleCall.Ending> pending = ConcurrentHashMap.newKeySet();

	private final ReentrantLock fenceLock = new ReentrantLock();

	/** Null until the database was first asked. */
	private volatile @Nullable Long fence;

	private volatile boolean closed;

	/**
	 * Makes a service; nothing is connected yet.
	 * @param dataSource the hot path's pool
	 */
	public JdbcBillingService(DataSource dataSource, BillingSettings settings, Clock clock, Pricing pricing) {
		this.dataSource = dataSource;
		this.settings = settings;
		this.clock = clock;
		this.pricing = pricing;
		this.owner = new Uuid7(clock).next();
		this.batches = new LedgerBatches(dataSource, clock, this.owner, settings.leaseDuration(), this::fence,
				this.open::add, this::queue);
		this.calls = new GroupCommit<>(settings.leaders(), settings.batchMax(), this.batches);
	}

	@Override
	public Admission admit(HoldRequest request) {
		Hold known = this.open.find(request.holdId());
		if (known != null) {
			return new Admission.Granted(known);
		}
		List<Charge> charges = new ArrayList<>();
		Admission.NoRate noRate = Charge.gather(request, charges);
		if (noRate != null) {
			return noRate;
		}
		if (this.closed || this.pending.size() >= this.settings.pendingMax()) {
			throw new BillingUnavailableException(
					"nothing is admitted: " + this.pending.size() + " settlements wait for the ledger's database",
					null);
		}
		ReserveShare share = request.share();
		return (share != null) ? draw(request, charges, share) : admit(request, charges);
	}

	private Admission admit(HoldRequest request, List<Charge> charges) {
		Deadline deadline = new Deadline(this.settings.admitTimeout());
		Throwable cause = null;
		for (int tries = 0;; tries++) {
			AdmitCall call = new AdmitCall(request, charges, tries > 0, this::takeBack);
			if (!this.calls.run(call, deadline.left())) {
				break;
			}
			try {
				return noted(request, call.outcome());
			}
			catch (UnavailableException ex) {
				cause = ex;
			}
			if (!deadline.pause(tries)) {
				break;
			}
		}
		if (cause != null) {
			// A try whose answer was lost may have held: nobody will use that hold.
			takeBack(request);
		}
		throw new BillingUnavailableException(
				"the ledger's database did not decide within " + this.settings.admitTimeout(), cause);
	}

	/**
	 * Draws a share in a transaction of its own: the work it belongs to is not in a
	 * hurry.
	 */
	private Admission draw(HoldRequest request, List<Charge> charges, ReserveShare share) {
		Deadline deadline = new Deadline(this.settings.admitTimeout());
		SQLException cause;
		int tries = 0;
		do {
			try (Connection connection = this.dataSource.getConnection()) {
				Instant now = this.clock.instant();
				AdmitCall call = new AdmitCall(request, charges, tries > 0, this::takeBack);
				return ShareDraw.run(connection, call, share, this.owner, fence(connection),
						now.plus(this.settings.leaseDuration()), (hold) -> this.open.add(hold, now));
			}
			catch (SQLException ex) {
				if (SqlFailure.of(ex) == SqlFailure.REFUSED) {
					throw new IllegalStateException("share " + share.number() + " of " + share.reserveId()
							+ " cannot be drawn: " + ex.getMessage(), ex);
				}
				cause = ex;
			}
		}
		while (deadline.pause(tries++));
		// A try whose answer was lost may have drawn: nobody will use that hold.
		takeBack(request);
		throw new BillingUnavailableException(
				"the ledger's database did not decide within " + this.settings.admitTimeout(), cause);
	}

	private void queue(List<LedgerCall<?>> waited) {
		this.calls.queue(waited);
	}

	/** What has refused is likely to refuse the next one, too. */
	private Admission noted(HoldRequest request, Admission outcome) {
		switch (outcome) {
			case Admission.OverBudget over -> this.batches.refused(over.budgetId());
			case Admission.OverRate _ -> this.batches.refused(request.chargeTo().key().value());
			case Admission.Granted _, Admission.NoRate _, Admission.StaleConfiguration _, Admission.ShareGone _ -> {
			}
		}
		return outcome;
	}

	private void takeBack(AdmitCall call) {
		takeBack(call.request());
	}

	private void takeBack(HoldRequest request) {
		Long known = this.fence;
		if (known != null) {
			Hold hold = new Hold(request, known);
			inBackground(SettleCall.Ending.release(hold, null, this.clock.instant()));
		}
	}

	private long fence(Connection connection) throws SQLException {
		Long known = this.fence;
		if (known != null) {
			return known;
		}
		this.fenceLock.lock();
		try (PreparedStatement statement = connection.prepareStatement("SELECT nextval('lease_fence')");
				ResultSet row = statement.executeQuery()) {
			row.next();
			known = this.fence;
			if (known == null) {
				known = row.getLong(1);
				this.fence = known;
			}
			return known;
		}
		finally {
			this.fenceLock.unlock();
		}
	}

	@Override
	public Settled settle(Settlement settlement) {
		SettleCall.Ending ending = SettleCall.Ending.settle(settlement, this.pricing);
		return switch (end(ending)) {
			case SettleCall.Outcome.Done(Settled settled) -> settled;
			case SettleCall.Outcome.Unknown() -> throw new IllegalStateException(
					"hold " + settlement.hold().id() + " was released, or never held: its cost is not posted");
			case SettleCall.Outcome.Recorded() -> throw new IllegalStateException("not a decision: " + settlement);
			case null -> throw new BillingUnavailableException("the settlement of hold " + settlement.hold().id()
					+ " is not durable yet and goes on in the background", null);
		};
	}

	@Override
	public void release(Hold hold, @Nullable DecisionRow decision) {
		end(SettleCall.Ending.release(hold, decision, this.clock.instant()));
	}

	/** Ends a hold, or leaves that to the background and returns null. */
	private SettleCall.@Nullable Outcome end(SettleCall.Ending ending) {
		SettleCall.Outcome outcome;
		try {
			outcome = attempt(ending, new Deadline(this.settings.settleTimeout()));
		}
		catch (IllegalStateException ex) {
			// Not renewed any more, it expires and settles at its full amount.
			this.open.remove(ending.hold());
			throw ex;
		}
		if (outcome == null) {
			inBackground(ending);
		}
		else {
			this.open.remove(ending.hold());
		}
		return outcome;
	}

	@Override
	public void record(DecisionRow decision) {
		if (attempt(new SettleCall.DecisionOnly(decision), new Deadline(this.settings.settleTimeout())) == null) {
			log.warn("the decision of request {} was not recorded: the database does not answer", decision.requestId());
		}
	}

	/** Tries until the deadline; null means that it could not be done by then. */
	private SettleCall.@Nullable Outcome attempt(SettleCall.Row row, Deadline deadline) {
		for (int tries = 0;; tries++) {
			SettleCall call = new SettleCall(row);
			if (!this.calls.run(call, deadline.left())) {
				return null;
			}
			try {
				return call.outcome();
			}
			catch (UnavailableException ex) {
				log.debug("a settlement is tried again", ex);
			}
			if (!deadline.pause(tries)) {
				return null;
			}
		}
	}

	/**
	 * Goes on trying for as long as the process lives. The hold's lease goes on being
	 * renewed meanwhile; should the process die, its expiry settles it.
	 */
	private void inBackground(SettleCall.Ending ending) {
		if (this.pending.add(ending)) {
			Thread.ofVirtual().name("settles-", 0).start(() -> {
				SettleCall.Outcome outcome = null;
				try {
					outcome = keepTrying(ending);
				}
				finally {
					this.pending.remove(ending);
				}
				if (ending.release() && outcome instanceof SettleCall.Outcome.Unknown) {
					releaseWhenItComes(ending);
				}
			});
		}
	}

	/** Returns the outcome, or null where there will be none. */
	private SettleCall.@Nullable Outcome keepTrying(SettleCall.Ending ending) {
		for (int tries = 0; !this.closed; tries++) {
			try {
				SettleCall.Outcome outcome = attempt(ending, new Deadline(this.settings.settleTimeout()));
				if (outcome != null) {
					this.open.remove(ending.hold());
					return outcome;
				}
			}
			catch (IllegalStateException ex) {
				log.error("hold {} cannot be settled; it expires and settles at its full amount", ending.hold().id(),
						ex);
				this.open.remove(ending.hold());
				return null;
			}
			LockSupport.parkNanos(pauseNanos(tries));
		}
		return null;
	}

	/**
	 * Releases once more what was not there, for as long as a lease: the transaction that
	 * holds it may still be under way, though its connection is gone.
	 */
	private void releaseWhenItComes(SettleCall.Ending ending) {
		long until = System.nanoTime() + this.settings.leaseDuration().toNanos();
		for (int tries = 0; !this.closed && System.nanoTime() - until < 0; tries++) {
			LockSupport.parkNanos(pauseNanos(tries));
			if (attempt(ending, new Deadline(this.settings.settleTimeout())) instanceof SettleCall.Outcome.Done) {
				return;
			}
		}
	}

	/** Returns how many endings go on being tried without a caller. */
	public int pendingSettlements() {
		return this.pending.size();
	}

	/** Returns how many holds this process owes an end to. */
	public int openHolds() {
		return this.open.size();
	}

	OpenHolds open() {
		return this.open;
	}

	/** Returns the fencing token of this process's leases, or null before the first. */
	@Nullable Long fence() {
		return this.fence;
	}

	/** Admits nothing more and gives up what is still tried in the background. */
	@Override
	public void close() {
		this.closed = true;
	}

	private static long pauseNanos(int tries) {
		long most = Math.min(RETRY_PAUSE_NANOS_MIN << Math.min(tries, 10), RETRY_PAUSE_NANOS_MAX);
		return ThreadLocalRandom.current().nextLong(most / 2, most);
	}

	/** Until when a caller waits. */
	private static final class Deadline {

		private final long nanoTime;

		Deadline(Duration timeout) {
			this.nanoTime = System.nanoTime() + timeout.toNanos();
		}

		Duration left() {
			return Duration.ofNanos(Math.max(this.nanoTime - System.nanoTime(), 0));
		}

		/** Waits a little longer each time; returns false where no time is left. */
		boolean pause(int tries) {
			LockSupport.parkNanos(Math.min(pauseNanos(tries), left().toNanos()));
			return left().isPositive();
		}

	}

}
