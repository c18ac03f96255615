package io.exchequer.routing.wire;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Arrays;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.wire.JsonCursor.MalformedJsonException;
import org.jspecify.annotations.Nullable;

/**
 * Reads an event stream frame by frame: raw bytes, and what each frame is. The bytes of
 * all frames together are the stream's, but for a frame that the stream's end cut off.
 * Used by one thread.
 */
public final class EventStreamReader {

	/** The most bytes of one frame, unless configured otherwise: 8 MiB. */
	public static final int FRAME_BYTES_MAX = 8 * 1024 * 1024;

	private static final int BUFFER_BYTES = 8 * 1024;

	private static final byte[] DONE = Ascii.of("[DONE]");

	private static final byte[] DATA = Ascii.of("data");

	private static final byte[] EVENT = Ascii.of("event");

	private static final byte[] ERROR = Ascii.of("error");

	private static final byte[] NOTHING = {};

	private final InputStream in;

	private final int frameBytesMax;

	private final FrameSplitter splitter = new FrameSplitter();

	private final ChunkScanner scanner = new ChunkScanner();

	private byte[] buffer = new byte[BUFFER_BYTES];

	private int limit;

	private int offset;

	private int end;

	private boolean begun;

	private boolean done;

	private @Nullable UpstreamFailure failure;

	EventStreamReader(InputStream in, int frameBytesMax) {
		this.in = in;
		this.frameBytesMax = frameBytesMax;
	}

	/**
	 * Begins to read an answer; the caller closes the answer.
	 * @param frameBytesMax the most bytes of one frame
	 * @throws UpstreamFailure if the answer is not an event stream
	 */
	public static EventStreamReader open(UpstreamAnswer answer, int frameBytesMax) throws UpstreamFailure {
		if (!answer.contentType().startsWith("text/event-stream")) {
			throw CompleteAnswer.notWhatWasAsked(answer, "an event stream");
		}
		return new EventStreamReader(answer.body(), frameBytesMax);
	}

	/**
	 * Goes to the next frame; blocks until it is here whole.
	 * @return what it is; {@link FrameKind#END} at the stream's end, whether or not the
	 * stream is complete
	 * @throws UpstreamFailure if the stream breaks, falls silent for too long, or is not
	 * what the wire promises
	 */
	public FrameKind next() throws UpstreamFailure {
		this.offset = this.end;
		if (this.offset == this.limit) {
			this.offset = 0;
			this.end = 0;
			this.limit = 0;
			this.splitter.restart(0);
		}
		while (true) {
			int frameEnd = this.splitter.find(this.buffer, this.limit);
			if (frameEnd >= 0) {
				this.end = frameEnd;
				FrameKind kind = classify();
				this.begun = true;
				this.splitter.restart(frameEnd);
				return kind;
			}
			if (!fill()) {
				return last();
			}
		}
	}

	/** The stream is over: a last {@code [DONE]} may lack its blank line. */
	private FrameKind last() throws UpstreamFailure {
		this.splitter.closeLastLine(this.limit);
		FrameKind kind = (this.limit > this.offset && this.splitter.lines() == 1 && isData(this.offset, this.limit)
				&& isDone(this.offset, this.limit)) ? FrameKind.DONE : FrameKind.END;
		this.end = this.limit;
		if (kind == FrameKind.END) {
			this.offset = this.limit;
		}
		else {
			this.done = true;
		}
		return kind;
	}

	private boolean fill() throws UpstreamFailure {
		if (this.limit == this.buffer.length) {
			makeRoom();
		}
		try {
			int count = this.in.read(this.buffer, this.limit, this.buffer.length - this.limit);
			if (count < 0) {
				return false;
			}
			this.limit += count;
			return true;
		}
		catch (IOException ex) {
			throw BodyFailures.of(ex);
		}
	}

	private void makeRoom() throws UpstreamFailure {
		int length = this.limit - this.offset;
		if (this.offset > 0) {
			System.arraycopy(this.buffer, this.offset, this.buffer, 0, length);
			this.splitter.shift(this.offset);
			this.offset = 0;
			this.limit = length;
		}
		if (length > this.buffer.length / 2) {
			if (this.buffer.length >= this.frameBytesMax) {
				throw BodyFailures.broken("an event is longer than " + this.frameBytesMax + " bytes");
			}
			this.buffer = Arrays.copyOf(this.buffer, (int) Math.min(2L * this.buffer.length, this.frameBytesMax));
		}
	}

	private FrameKind classify() throws UpstreamFailure {
		if (this.splitter.lines() == 1 && isData(this.offset, this.splitter.firstLineEnd())) {
			int begin = valueBegin(this.offset + DATA.length, this.splitter.firstLineEnd());
			return data(this.buffer, begin, this.splitter.firstLineEnd() - begin, false);
		}
		return (this.splitter.lines() == 0) ? FrameKind.COMMENT : lines();
	}

	/**
	 * A frame of several lines, of one that is not data, or the first behind a byte order
	 * mark.
	 */
	private FrameKind lines() throws UpstreamFailure {
		byte[] joined = NOTHING;
		boolean hasData = false;
		boolean error = false;
		boolean onlyComments = true;
		int at = this.begun ? this.offset : this.offset + Utf8.byteOrderMark(this.buffer, this.offset, this.end);
		while (at < this.end) {
			int lineEnd = lineEnd(at);
			if (lineEnd > at && this.buffer[at] != ':') {
				onlyComments = false;
				if (isData(at, lineEnd)) {
					int begin = valueBegin(at + DATA.length, lineEnd);
					joined = hasData ? join(joined, begin, lineEnd) : Arrays.copyOfRange(this.buffer, begin, lineEnd);
					hasData = true;
				}
				else if (isField(EVENT, at, lineEnd)) {
					error |= matches(ERROR, valueBegin(at + EVENT.length, lineEnd), lineEnd);
				}
				else if (isField(ERROR, at, lineEnd)) {
					// llama.cpp's server told errors in a field of their own.
					joined = Arrays.copyOfRange(this.buffer, valueBegin(at + ERROR.length, lineEnd), lineEnd);
					hasData = true;
					error = true;
				}
				else if (this.buffer[at] == '{' || this.buffer[at] == '<') {
					throw BodyFailures.broken("the event stream has lines that are no events");
				}
			}
			at = lineEnd + 1;
		}
		if (hasData) {
			return data(joined, 0, joined.length, error);
		}
		return onlyComments ? FrameKind.COMMENT : FrameKind.OTHER;
	}

	private FrameKind data(byte[] bytes, int begin, int length, boolean error) throws UpstreamFailure {
		if (length == 0) {
			return FrameKind.OTHER;
		}
		if (bytes[begin] == '[' && isDonePayload(bytes, begin, begin + length)) {
			this.done = true;
			return FrameKind.DONE;
		}
		FrameKind kind;
		try {
			kind = this.scanner.read(bytes, begin, length);
		}
		catch (MalformedJsonException ex) {
			throw BodyFailures.broken("an event of the stream is not JSON");
		}
		if (error || kind == FrameKind.ERROR) {
			this.failure = FailureClassifier.classify(0, null, Arrays.copyOfRange(bytes, begin, begin + length), length,
					Instant.EPOCH);
			return FrameKind.ERROR;
		}
		return kind;
	}

	private byte[] join(byte[] joined, int begin, int lineEnd) {
		byte[] result = Arrays.copyOf(joined, joined.length + 1 + lineEnd - begin);
		result[joined.length] = '\n';
		System.arraycopy(this.buffer, begin, result, joined.length + 1, lineEnd - begin);
		return result;
	}

	private int lineEnd(int from) {
		int at = from;
		while (at < this.end && this.buffer[at] != '\n' && this.buffer[at] != '\r') {
			at++;
		}
		return at;
	}

	private boolean isData(int from, int lineEnd) {
		return isField(DATA, from, lineEnd);
	}

	private boolean isField(byte[] name, int from, int lineEnd) {
		int colon = from + name.length;
		return colon <= lineEnd && matches(name, from, colon) && (colon == lineEnd || this.buffer[colon] == ':');
	}

	/** Returns where a field's value begins; {@code at} is where its name ends. */
	private int valueBegin(int at, int lineEnd) {
		int begin = Math.min(at + 1, lineEnd);
		return (begin < lineEnd && this.buffer[begin] == ' ') ? begin + 1 : begin;
	}

	private boolean matches(byte[] text, int from, int to) {
		return Arrays.equals(text, 0, text.length, this.buffer, from, Math.max(from, to));
	}

	private boolean isDone(int from, int to) {
		return isDonePayload(this.buffer, valueBegin(from + DATA.length, to), to);
	}

	private static boolean isDonePayload(byte[] bytes, int begin, int to) {
		int last = to;
		while (last > begin && bytes[last - 1] <= ' ' && bytes[last - 1] >= 0) {
			last--;
		}
		return Arrays.equals(DONE, 0, DONE.length, bytes, begin, last);
	}

	/** Returns the array the current frame is in, until the next {@link #next()}. */
	public byte[] buffer() {
		return this.buffer;
	}

	/** Returns where the current frame begins. */
	public int offset() {
		return this.offset;
	}

	/** Returns the current frame's bytes, its blank line included. */
	public int length() {
		return this.end - this.offset;
	}

	/**
	 * Returns whether {@link #next()} has a whole frame at hand and will not block: what
	 * was written need not be flushed yet.
	 */
	public boolean ready() {
		return this.end < this.limit && this.splitter.find(this.buffer, this.limit) >= 0;
	}

	/**
	 * Returns the usage the stream gave with or after the end of its choices, or null
	 * where it gave none yet, or only running counts.
	 */
	public @Nullable TokenUsage usage() {
		return this.scanner.usage();
	}

	/** Returns the tier the stream named, {@code default} where it named none. */
	public String serviceTier() {
		return this.scanner.serviceTier().isEmpty() ? "default" : this.scanner.serviceTier();
	}

	/**
	 * Returns whether the stream came to its proper end: {@code [DONE]}, after a finish
	 * reason for each choice.
	 */
	public boolean complete() {
		return this.done && this.failure == null && this.scanner.everyChoiceFinished();
	}

	/** Returns the failure that the stream's error frame told, or null. */
	public @Nullable UpstreamFailure failure() {
		return this.failure;
	}

	/** Makes the failure of a stream that ended before it was complete. */
	public static UpstreamFailure brokenOff() {
		return new UpstreamFailure(FailureClass.BROKEN_ANSWER, "the stream ended before its answer was complete", true,
				null, 0);
	}

}
