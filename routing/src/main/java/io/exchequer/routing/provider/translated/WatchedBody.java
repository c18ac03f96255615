package io.exchequer.routing.provider.translated;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.EventStreamReader;
import io.exchequer.routing.wire.FailedAnswerException;

/**
 * An answer's body on its way to an SDK: it notes that something came, a keep-alive that
 * the SDK tells nobody of included, and fails where more would have to be kept in memory
 * at once than any answer needs.
 */
public final class WatchedBody extends FilterInputStream {

	private final EventSink events;

	private final boolean stream;

	private final long bytesMax;

	private long bytes;

	private WatchedBody(InputStream in, EventSink events, boolean stream, long bytesMax) {
		super(in);
		this.events = events;
		this.stream = stream;
		this.bytesMax = bytesMax;
	}

	/**
	 * Watches a body for the call that this thread makes.
	 * @param stream whether it is read line by line, so that each line has a limit rather
	 * than all of them together
	 */
	public static InputStream of(InputStream body, boolean stream) {
		return of(body, EventQueue.current(), stream,
				stream ? EventStreamReader.FRAME_BYTES_MAX : CompleteAnswer.BYTES_MAX);
	}

	static InputStream of(InputStream body, EventSink events, boolean stream, long bytesMax) {
		return new WatchedBody(body, events, stream, bytesMax);
	}

	@Override
	public int read() throws IOException {
		byte[] one = new byte[1];
		return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xFF;
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		int count = super.read(target, offset, length);
		if (count > 0) {
			this.events.alive();
			count(target, offset, count);
		}
		return count;
	}

	private void count(byte[] target, int offset, int count) throws IOException {
		int lineBegin = offset;
		if (this.stream) {
			for (int i = offset + count - 1; i >= offset; i--) {
				if (target[i] == '\n') {
					lineBegin = i + 1;
					this.bytes = 0;
					break;
				}
			}
		}
		this.bytes += offset + count - lineBegin;
		if (this.bytes > this.bytesMax) {
			throw new FailedAnswerException(new UpstreamFailure(FailureClass.BROKEN_ANSWER,
					"the answer is longer than " + this.bytesMax + " bytes", true, null, 0));
		}
	}

}
