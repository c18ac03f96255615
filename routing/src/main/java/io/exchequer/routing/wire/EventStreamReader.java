package io.exchequer.routing.wire;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import org.jspecify.annotations.Nullable;

/**
 * Reads an event stream frame by frame: raw bytes, and what each frame is. The bytes of
 * all frames together are the stream's. Used by one thread.
 */
public final class EventStreamReader {

	/** The most bytes of one frame, unless configured otherwise: 8 MiB. */
	public static final int FRAME_BYTES_MAX = 8 * 1024 * 1024;

	private EventStreamReader() {
	}

	/**
	 * Begins to read an answer; the caller closes the answer.
	 * @param frameBytesMax the most bytes of one frame
	 * @throws UpstreamFailure if the answer is not an event stream
	 */
	public static EventStreamReader open(UpstreamAnswer answer, int frameBytesMax) throws UpstreamFailure {
		throw new UnsupportedOperationException();
	}

	/**
	 * Goes to the next frame; blocks until it is here whole.
	 * @return what it is; {@link FrameKind#END} at the stream's end, whether or not the
	 * stream is complete
	 * @throws UpstreamFailure if the stream breaks, falls silent for too long, or is not
	 * what the wire promises
	 */
	public FrameKind next() throws UpstreamFailure {
		throw new UnsupportedOperationException();
	}

	/** Returns the array the current frame is in, until the next {@link #next()}. */
	public byte[] buffer() {
		throw new UnsupportedOperationException();
	}

	/** Returns where the current frame begins. */
	public int offset() {
		throw new UnsupportedOperationException();
	}

	/** Returns the current frame's bytes, its blank line included. */
	public int length() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns whether {@link #next()} has a whole frame at hand and will not block: what
	 * was written need not be flushed yet.
	 */
	public boolean ready() {
		throw new UnsupportedOperationException();
	}

	/** Returns the latest usage the stream gave, or null where it gave none yet. */
	public @Nullable TokenUsage usage() {
		throw new UnsupportedOperationException();
	}

	/** Returns the tier the stream named, {@code default} where it named none. */
	public String serviceTier() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns whether the stream came to its proper end: {@code [DONE]}, after a finish
	 * reason for each choice.
	 */
	public boolean complete() {
		throw new UnsupportedOperationException();
	}

	/** Returns the failure that the stream's error frame told, or null. */
	public @Nullable UpstreamFailure failure() {
		throw new UnsupportedOperationException();
	}

}
