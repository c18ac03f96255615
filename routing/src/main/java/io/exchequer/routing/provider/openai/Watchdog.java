package io.exchequer.routing.provider.openai;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends calls that wait for too long. One thread looks at every call in flight every few
 * milliseconds; a call only notes when it begins to wait. That costs less than a timer,
 * or a socket time-out, for each read.
 */
final class Watchdog implements AutoCloseable {

	static final long TICK_MILLIS = 20;

	private final Set<Watched> calls = ConcurrentHashMap.newKeySet();

	private final ScheduledExecutorService scheduler;

	Watchdog(Runnable everySecond) {
		this.scheduler = Executors
			.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("upstream-watchdog").factory());
		this.scheduler.scheduleAtFixedRate(this::look, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
		this.scheduler.scheduleAtFixedRate(everySecond, 1, 1, TimeUnit.SECONDS);
	}

	void watch(Watched call) {
		this.calls.add(call);
	}

	void forget(Watched call) {
		this.calls.remove(call);
	}

	private void look() {
		long now = System.nanoTime();
		for (Watched call : this.calls) {
			if (call.isOver(now) && this.calls.remove(call)) {
				call.timeOut();
			}
		}
	}

	@Override
	public void close() {
		this.scheduler.shutdownNow();
	}

	/**
	 * A call in flight. Written by the call's thread, read by the watchdog's.
	 */
	abstract static class Watched {

		private final long totalDeadline;

		private volatile long waitDeadline;

		private volatile boolean waiting;

		private volatile boolean timedOut;

		/**
		 * Makes a call.
		 * @param totalDeadline when it must be over, by {@link System#nanoTime()}
		 */
		Watched(long totalDeadline) {
			this.totalDeadline = totalDeadline;
		}

		/** Begins to wait for something the provider must do. */
		final void waitAtMost(long nanos) {
			this.waitDeadline = System.nanoTime() + nanos;
			this.waiting = true;
		}

		/** Waits no more. */
		final void came() {
			this.waiting = false;
		}

		/** Returns whether the call was ended for having waited too long. */
		final boolean timedOut() {
			return this.timedOut;
		}

		private boolean isOver(long now) {
			return now - this.totalDeadline >= 0 || this.waiting && now - this.waitDeadline >= 0;
		}

		private void timeOut() {
			this.timedOut = true;
			cut();
		}

		/** Cuts the connection, so that the thread that waits for it goes on. */
		abstract void cut();

	}

}
