package io.exchequer.routing.provider.translated;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.chat.ChatEvent;
import org.jspecify.annotations.Nullable;

/**
 * Hands events from the thread that speaks to the provider to the one that passes the
 * answer on, a few at a time. Any thread may abort it.
 */
final class EventQueue implements EventSink {

	/** Enough that neither thread waits for each event; not so many as to pile up. */
	private static final int EVENTS_MAX = 16;

	private static final int REQUEST_ID_LENGTH_MAX = 128;

	private static final ScopedValue<EventSink> CURRENT = ScopedValue.newInstance();

	/** Of a call that is not made by {@link #start}. */
	private static final EventSink UNHEARD = new EventQueue(0);

	private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(EVENTS_MAX);

	private final long deadline;

	private final Object lock = new Object();

	private volatile long aliveAt = System.nanoTime();

	private volatile @Nullable String requestId;

	private volatile @Nullable Thread worker;

	private volatile boolean over;

	private boolean aborted;

	private @Nullable Runnable cut;

	/**
	 * Makes a queue.
	 * @param deadline when the call's total time is over, by {@link System#nanoTime()}
	 */
	EventQueue(long deadline) {
		this.deadline = deadline;
	}

	/** Begins a call on a thread of its own. */
	void start(Conversation conversation, Function<Throwable, UpstreamFailure> classifier) {
		Thread thread = Thread.ofVirtual().name("upstream-call").unstarted(() -> run(conversation, classifier));
		this.worker = thread;
		thread.start();
	}

	private void run(Conversation conversation, Function<Throwable, UpstreamFailure> classifier) {
		Item last;
		try {
			last = ScopedValue.where(CURRENT, this).call(() -> {
				conversation.run();
				return Item.END;
			});
		}
		catch (Exception | Error ex) {
			last = isAborted() ? Item.END : new Item(null, classifier.apply(ex));
		}
		try {
			// At an interrupt that came too late the last word counts all the same.
			if (!this.queue.offer(last)) {
				this.queue.put(last);
			}
		}
		catch (InterruptedException ex) {
			// Nobody waits for it any more.
		}
	}

	/** Returns the call that this thread makes, or one that nobody hears of. */
	static EventSink current() {
		return CURRENT.orElse(UNHEARD);
	}

	@Override
	public void alive() {
		this.aliveAt = System.nanoTime();
	}

	@Override
	public void accept(ChatEvent event) throws InterruptedException {
		if (isAborted()) {
			throw new InterruptedException("the call was cut off");
		}
		this.queue.put(new Item(event, null));
	}

	@Override
	public void requestId(@Nullable String id) {
		this.requestId = (id != null && !id.isEmpty()) ? plain(id) : null;
	}

	private static String plain(String id) {
		StringBuilder plain = new StringBuilder();
		for (int i = 0; i < Math.min(id.length(), REQUEST_ID_LENGTH_MAX); i++) {
			char c = id.charAt(i);
			plain.append((c > ' ' && c < 0x7f) ? c : '_');
		}
		return plain.toString();
	}

	/** Returns the provider's identifier of the call, or null. */
	@Nullable String requestId() {
		return this.requestId;
	}

	@Override
	public void onAbort(Runnable action) {
		synchronized (this.lock) {
			if (!this.aborted) {
				this.cut = action;
				return;
			}
		}
		action.run();
	}

	/**
	 * Waits for the first event.
	 * @param nanos the longest wait; the call's total time limits it, too
	 * @return the event, or null where the answer ends without one
	 * @throws UpstreamFailure if the call failed, or it took too long and was cut off
	 */
	@Nullable ChatEvent first(long nanos) throws UpstreamFailure {
		return next(nanos, false);
	}

	/**
	 * Waits for the next event.
	 * @param nanos the longest silence; the call's total time limits it, too
	 * @return the event, or null at the answer's end
	 * @throws UpstreamFailure if the call failed, or it took too long and was cut off
	 */
	@Nullable ChatEvent next(long nanos) throws UpstreamFailure {
		return next(nanos, true);
	}

	private @Nullable Item poll(long nanos, boolean isAliveEnough) throws InterruptedException {
		long begin = System.nanoTime();
		Item item = null;
		long left = Math.min(nanos, this.deadline - begin);
		while (item == null && left > 0) {
			item = this.queue.poll(left, TimeUnit.NANOSECONDS);
			long now = System.nanoTime();
			long silence = now - (isAliveEnough ? Math.max(begin, this.aliveAt) : begin);
			left = Math.min(nanos - silence, this.deadline - now);
		}
		return item;
	}

	private @Nullable ChatEvent next(long nanos, boolean isAliveEnough) throws UpstreamFailure {
		if (this.over) {
			return null;
		}
		Item item;
		try {
			item = poll(nanos, isAliveEnough);
		}
		catch (InterruptedException ex) {
			abort();
			Thread.currentThread().interrupt();
			throw new UpstreamFailure(FailureClass.NETWORK, "interrupted while waiting for the answer", true, null, 0);
		}
		if (item == null) {
			abort();
			throw new UpstreamFailure(FailureClass.TIMEOUT, "the provider did not answer in time", true, null, 0);
		}
		if (item.failure() != null) {
			this.over = true;
			throw item.failure();
		}
		this.over = item.event() == null;
		return item.event();
	}

	/** Returns whether the answer came to its end, or failed. */
	boolean isOver() {
		return this.over;
	}

	boolean isAborted() {
		synchronized (this.lock) {
			return this.aborted;
		}
	}

	/** Cuts the call off. */
	void abort() {
		Runnable action;
		synchronized (this.lock) {
			if (this.aborted) {
				return;
			}
			this.aborted = true;
			action = this.cut;
		}
		Thread thread = this.worker;
		if (thread != null) {
			thread.interrupt();
		}
		if (action != null) {
			action.run();
		}
		// Whoever waits for an event goes on; where there is no room, nobody waits.
		this.queue.offer(Item.END);
	}

	/** Speaks to the provider. */
	@FunctionalInterface
	interface Conversation {

		void run() throws Exception;

	}

	/** An event, a failure, or with neither the end. */
	private record Item(@Nullable ChatEvent event, @Nullable UpstreamFailure failure) {

		static final Item END = new Item(null, null);

	}

}
