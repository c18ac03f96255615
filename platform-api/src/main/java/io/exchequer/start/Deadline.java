package io.exchequer.start;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;

/**
 * How long to wait for another process, on the machine's monotonic clock.
 */
final class Deadline {

	private final long end_ns;

	Deadline(Duration patience) {
		this.end_ns = System.nanoTime() + patience.toNanos();
	}

	boolean passed() {
		return System.nanoTime() - this.end_ns >= 0;
	}

	/** Waits a moment; an interrupt ends the waiting with an exception. */
	void pause(Duration moment) throws IOException {
		try {
			Thread.sleep(moment);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted while waiting for PostgreSQL");
		}
	}

}
