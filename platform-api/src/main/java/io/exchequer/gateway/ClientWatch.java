package io.exchequer.gateway;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import io.exchequer.routing.AnswerSink;
import jakarta.servlet.ServletRequest;
import org.apache.catalina.connector.Request;
import org.apache.coyote.ActionCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices clients that go away while they wait for an answer. A blocking servlet reads
 * and writes nothing then, and would hear of it only at its first write. One thread looks
 * at the connections of the requests that are watched and have waited for a while: a read
 * that does not block, whose bytes, should a client have sent its next request already,
 * stay in the container's buffer.
 * <p>
 * A client that only closes its sending side looks the same, and counts as gone, as it
 * does for most servers.
 */
final class ClientWatch implements AutoCloseable {

	private static final Logger log = LoggerFactory.getLogger(ClientWatch.class);

	/** How long a request waits before it is looked at, so that fast ones pay nothing. */
	static final long AFTER_MILLIS = 500;

	private static final long TICK_MILLIS = 250;

	private static final String CONNECTION = ClientWatch.class.getName() + ".connection";

	private final Set<Watched> waiting = ConcurrentHashMap.newKeySet();

	private final ScheduledExecutorService scheduler = Executors
		.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("client-watch").factory());

	ClientWatch() {
		this.scheduler.scheduleWithFixedDelay(this::look, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
	}

	/** Keeps the container's side of a request, where {@link #watch} finds it. */
	static void keep(Request request) {
		request.setAttribute(CONNECTION, request.getCoyoteRequest());
	}

	/**
	 * Watches a request's client, its body being read whole.
	 * @param action run at most once, on the watch's thread, and not after the watch was
	 * closed; it must not block
	 */
	AnswerSink.Watch watch(ServletRequest request, Runnable action) {
		if (request.getAttribute(CONNECTION) instanceof org.apache.coyote.Request connection) {
			Watched watched = new Watched(connection, action);
			this.waiting.add(watched);
			return watched;
		}
		return AnswerSink.Watch.NONE;
	}

	/** Returns how many requests are watched now. */
	int watched() {
		return this.waiting.size();
	}

	private void look() {
		long now = System.nanoTime();
		for (Watched each : this.waiting) {
			try {
				each.look(now);
			}
			catch (RuntimeException | Error ex) {
				// Thrown on, it would end the watch for every other client, for good.
				log.warn("A client could not be watched any further", ex);
				this.waiting.remove(each);
			}
		}
	}

	@Override
	public void close() {
		this.scheduler.shutdownNow();
	}

	/** A request whose client is watched; the lock keeps its thread and ours apart. */
	private final class Watched implements AnswerSink.Watch {

		private final org.apache.coyote.Request connection;

		private final Runnable action;

		private final long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(AFTER_MILLIS);

		private final ReentrantLock lock = new ReentrantLock();

		private boolean closed;

		Watched(org.apache.coyote.Request connection, Runnable action) {
			this.connection = connection;
			this.action = action;
		}

		private void look(long now) {
			if (now - this.due < 0 || !this.lock.tryLock()) {
				return;
			}
			try {
				if (!this.closed && isGone()) {
					this.closed = true;
					ClientWatch.this.waiting.remove(this);
					this.action.run();
				}
			}
			finally {
				this.lock.unlock();
			}
		}

		/**
		 * The container tells an ended connection as one byte to read, lest a reader
		 * waits for it; the byte is not there when no read is made for it.
		 */
		private boolean isGone() {
			return available(true) > 0 && available(false) == 0;
		}

		private int available(boolean read) {
			this.connection.action(ActionCode.AVAILABLE, read);
			return this.connection.getAvailable();
		}

		@Override
		public void close() {
			this.lock.lock();
			try {
				this.closed = true;
				ClientWatch.this.waiting.remove(this);
			}
			finally {
				this.lock.unlock();
			}
		}

	}

}
