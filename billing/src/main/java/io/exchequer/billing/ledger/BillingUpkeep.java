package io.exchequer.billing.ledger;

import java.sql.SQLException;
import java.time.Clock;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.exchequer.billing.BillingSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Runs lease keeper and sweeper for as long as the application runs.
 */
final class BillingUpkeep implements SmartLifecycle {

	private static final Logger log = LoggerFactory.getLogger(BillingUpkeep.class);

	/** How often within a renewal's time leases are looked at. */
	private static final int LOOKS_PER_RENEWAL = 4;

	private final LeaseKeeper leaseKeeper;

	private final Sweeper sweeper;

	private final BillingSettings settings;

	private final Clock clock;

	private volatile @Nullable ScheduledExecutorService scheduler;

	BillingUpkeep(LeaseKeeper leaseKeeper, Sweeper sweeper, BillingSettings settings, Clock clock) {
		this.leaseKeeper = leaseKeeper;
		this.sweeper = sweeper;
		this.settings = settings;
		this.clock = clock;
	}

	@Override
	public void start() {
		// Two threads: a sweep that waits for the database must not keep leases from it.
		ScheduledExecutorService started = Executors.newScheduledThreadPool(2,
				Thread.ofPlatform().daemon().name("billing-upkeep-", 0).factory());
		long renewalMillis = Math.max(this.settings.renewal().toMillis() / LOOKS_PER_RENEWAL, 1);
		started.scheduleWithFixedDelay(quietly("renewing leases", () -> this.leaseKeeper.tick(this.clock.instant())),
				renewalMillis, renewalMillis, TimeUnit.MILLISECONDS);
		started.scheduleWithFixedDelay(quietly("sweeping", () -> this.sweeper.tick(this.clock.instant())), 0,
				this.settings.sweepInterval().toMillis(), TimeUnit.MILLISECONDS);
		this.scheduler = started;
	}

	private static Runnable quietly(String what, Task task) {
		return () -> {
			try {
				task.run();
			}
			catch (SQLException | RuntimeException ex) {
				log.warn("{} failed and is tried again: {}", what, ex.getMessage());
			}
		};
	}

	/** Comes last: what is in flight still needs its leases. */
	@Override
	public void stop() {
		ScheduledExecutorService running = this.scheduler;
		if (running != null) {
			running.shutdownNow();
			this.scheduler = null;
		}
	}

	@Override
	public boolean isRunning() {
		return this.scheduler != null;
	}

	@Override
	public int getPhase() {
		return 0;
	}

	private interface Task {

		void run() throws SQLException;

	}

}
