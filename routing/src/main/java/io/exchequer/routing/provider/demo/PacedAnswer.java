package io.exchequer.routing.provider.demo;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import org.jspecify.annotations.Nullable;

/**
 * An answer of the simulator, whose pieces come at their time. Read by one thread; any
 * may abort it.
 */
final class PacedAnswer implements UpstreamAnswer {

	private final String contentType;

	private final String id;

	private final List<DemoWriter.Event> events;

	private final Pace pace;

	private final boolean breaks;

	private volatile boolean closed;

	/**
	 * Makes an answer.
	 * @param breaks whether the connection breaks behind the last event
	 */
	PacedAnswer(String contentType, String id, List<DemoWriter.Event> events, Pace pace, boolean breaks) {
		this.contentType = contentType;
		this.id = id;
		this.events = events;
		this.pace = pace;
		this.breaks = breaks;
	}

	@Override
	public int status() {
		return 200;
	}

	@Override
	public String contentType() {
		return this.contentType;
	}

	@Override
	public @Nullable String upstreamRequestId() {
		return this.id;
	}

	@Override
	public InputStream body() {
		return new Body();
	}

	@Override
	public void abort() {
		this.closed = true;
	}

	@Override
	public void close() {
		this.closed = true;
	}

	/**
	 * When things happen.
	 *
	 * @param begin when the first token is due, by {@link System#nanoTime()}
	 * @param nanosPerToken from one token to the next; 0 for no time at all
	 * @param deadline when the attempt's total time is over
	 * @param idleNanos the longest silence
	 */
	record Pace(long begin, long nanosPerToken, long deadline, long idleNanos) {

		/**
		 * Waits until a token is due.
		 * @param longest the longest wait for it in nanoseconds
		 * @throws SocketTimeoutException if that, or the total time, is over before
		 */
		void await(int step, long longest) throws SocketTimeoutException {
			long due = this.begin + step * this.nanosPerToken;
			long now = System.nanoTime();
			if (due - now <= 0) {
				return;
			}
			long last = Math.min(this.deadline - now, longest) + now;
			long until = (due - last < 0) ? due : last;
			while (until - System.nanoTime() > 0) {
				if (Thread.currentThread().isInterrupted()) {
					throw new SocketTimeoutException("interrupted");
				}
				LockSupport.parkNanos(this, until - System.nanoTime());
			}
			if (until != due) {
				throw new SocketTimeoutException("the simulated answer took too long");
			}
		}

	}

	private final class Body extends InputStream {

		private int event;

		private int at;

		@Override
		public int read() throws IOException {
			byte[] one = new byte[1];
			return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xFF;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			if (PacedAnswer.this.closed) {
				throw new IOException("the answer was closed");
			}
			if (this.event == PacedAnswer.this.events.size()) {
				if (PacedAnswer.this.breaks) {
					throw new IOException("the simulated connection broke");
				}
				return -1;
			}
			DemoWriter.Event current = PacedAnswer.this.events.get(this.event);
			PacedAnswer.this.pace.await(current.step(), PacedAnswer.this.pace.idleNanos());
			int count = Math.min(length, current.bytes().length - this.at);
			System.arraycopy(current.bytes(), this.at, bytes, offset, count);
			this.at += count;
			if (this.at == current.bytes().length) {
				this.event++;
				this.at = 0;
			}
			return count;
		}

	}

}
