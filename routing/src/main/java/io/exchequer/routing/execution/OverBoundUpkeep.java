package io.exchequer.routing.execution;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Looks for deployments over their bounds for as long as the application runs: for those
 * whose settlement went on in the background, and those that a process which died has
 * left.
 */
final class OverBoundUpkeep implements SmartLifecycle {

	private static final Duration PAUSE = Duration.ofSeconds(1);

	private final OverBounds overBounds;

	private volatile @Nullable ScheduledExecutorService scheduler;

	OverBoundUpkeep(OverBounds overBounds) {
		this.overBounds = overBounds;
	}

	@Override
	public void start() {
		ScheduledExecutorService started = Executors
			.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("over-bounds").factory());
		started.scheduleWithFixedDelay(this.overBounds::look, 0, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
		this.scheduler = started;
	}

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

	/** Comes last: what is in flight may still find one. */
	@Override
	public int getPhase() {
		return 0;
	}

}
