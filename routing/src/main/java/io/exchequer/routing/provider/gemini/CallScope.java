package io.exchequer.routing.provider.gemini;

import java.time.Duration;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * What the HTTP client must know of the call that its thread makes, and tells of it: the
 * SDK has no place for it. Used by one thread.
 */
final class CallScope {

	static final ScopedValue<CallScope> CURRENT = ScopedValue.newInstance();

	private final Duration connectTimeout;

	private final Duration readTimeout;

	private final boolean keepsBody;

	private final Consumer<Runnable> onAbort;

	private boolean sent;

	private byte @Nullable [] body;

	/**
	 * Makes a scope.
	 * @param readTimeout the longest silence
	 * @param keepsBody whether the answer's body is wanted beside what the SDK makes of
	 * it
	 * @param onAbort takes what cuts the call off
	 */
	CallScope(Duration connectTimeout, Duration readTimeout, boolean keepsBody, Consumer<Runnable> onAbort) {
		this.connectTimeout = connectTimeout;
		this.readTimeout = readTimeout;
		this.keepsBody = keepsBody;
		this.onAbort = onAbort;
	}

	int connectMillis() {
		return millis(this.connectTimeout);
	}

	int readMillis() {
		return millis(this.readTimeout);
	}

	private static int millis(Duration duration) {
		return Math.clamp(duration.toMillis(), 1, Integer.MAX_VALUE);
	}

	boolean keepsBody() {
		return this.keepsBody;
	}

	/** Notes that the request goes out now. */
	void sending(Runnable cut) {
		this.sent = true;
		this.onAbort.accept(cut);
	}

	/** Returns whether the request may have gone out. */
	boolean isSent() {
		return this.sent;
	}

	void keep(byte[] bytes) {
		this.body = bytes;
	}

	/** Returns the answer's body where it was wanted and came, or null. */
	byte @Nullable [] body() {
		return this.body;
	}

}
