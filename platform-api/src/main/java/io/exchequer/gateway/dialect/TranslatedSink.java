package io.exchequer.gateway.dialect;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.chat.ChatEvent;
import io.exchequer.routing.chat.ChatEventReader;

/**
 * Passes a canonical answer on in a dialect. A stream is passed on as it comes, and
 * nothing piles up; a whole answer waits until all of it is here. Used by one thread.
 */
public final class TranslatedSink implements AnswerSink {

	/**
	 * How long a whole answer's other form waits for memory before it passes the bound.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private static final String DONE = "[DONE]";

	private static final int DONE_LENGTH_MAX = 24;

	private static final byte[] BLANK_LINE = { '\n', '\n' };

	private final AnswerSink client;

	private final AnswerWriter writer;

	private final Dialect.Reading request;

	private final AnswerMemory.Part memory;

	private final ChatEventReader reader = new ChatEventReader();

	private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);

	/** The head of a whole answer that is not here yet; null for a stream. */
	private @Nullable Head whole;

	private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);

	private boolean ended;

	/** Whether what was written so far ends with an event. */
	private boolean betweenEvents = true;

	/**
	 * Makes a sink.
	 * @param client where it is passed on to
	 * @param request what is answered
	 * @param memory where memory is counted that a whole answer's other form takes
	 */
	public TranslatedSink(AnswerSink client, AnswerWriter writer, Dialect.Reading request, AnswerMemory.Part memory) {
		this.client = client;
		this.writer = writer;
		this.request = request;
		this.memory = memory;
	}

	@Override
	public void begin(Head head) throws IOException {
		if (head.contentLength() < 0) {
			this.client.begin(told(head, -1));
		}
		else {
			this.whole = head;
		}
	}

	@Override
	public void write(byte[] bytes, int offset, int length) throws IOException {
		Head head = this.whole;
		if (head != null) {
			add(head, bytes, offset, length);
			return;
		}
		translate(bytes, offset, length);
		send();
	}

	private void add(Head head, byte[] bytes, int offset, int length) throws IOException {
		if (this.body.size() == 0 && length == head.contentLength()) {
			deliver(head, bytes, offset, length);
			return;
		}
		this.body.write(bytes, offset, length);
		if (this.body.size() == head.contentLength()) {
			byte[] all = this.body.toByteArray();
			deliver(head, all, 0, all.length);
		}
	}

	private void deliver(Head head, byte[] bytes, int offset, int length) throws IOException {
		byte[] written = whole(bytes, offset, length);
		try {
			this.client.begin(told(head, written.length));
		}
		catch (IOException ex) {
			this.client.missed(written, 0, written.length);
			throw ex;
		}
		this.client.write(written, 0, written.length);
	}

	/** What was left out is told by the client's own paths. */
	private Head told(Head head, long length) {
		List<String> dropped = new ArrayList<>(this.request.dropped());
		head.dropped().forEach((path) -> dropped.add(this.request.paths().apply(path)));
		return new Head(head.status(), head.contentType(), length, head.model(), head.deployment(), head.attempts(),
				head.clamped(), head.cost(), head.warning(), List.copyOf(dropped));
	}

	private byte[] whole(byte[] bytes, int offset, int length) {
		// It was paid for, and is not lost for want of memory.
		this.memory.await(2L * length, PATIENCE);
		return this.writer.whole(ChatEventReader.completion(bytes, offset, length));
	}

	private void translate(byte[] bytes, int offset, int length) {
		this.out.reset();
		List<ChatEvent> events = new ArrayList<>(this.reader.read(bytes, offset, length));
		if (this.betweenEvents && isDone(bytes, offset, length) && !this.reader.isDone()) {
			events.addAll(this.reader.read(BLANK_LINE, 0, BLANK_LINE.length));
		}
		for (ChatEvent event : events) {
			this.writer.event(event, this.out);
		}
		if (this.reader.isDone() && !this.ended) {
			this.ended = true;
			this.writer.end(this.out);
		}
		else if (events.isEmpty() && this.betweenEvents && length > 0 && bytes[offset] == ':') {
			this.writer.keepAlive(this.out);
		}
		this.betweenEvents = length == 0 ? this.betweenEvents : endsEvent(bytes, offset, length);
	}

	/** The last event of some streams lacks the blank line that ends it. */
	private static boolean isDone(byte[] bytes, int offset, int length) {
		return length <= DONE_LENGTH_MAX
				&& new String(bytes, offset, length, StandardCharsets.ISO_8859_1).replaceFirst("^data:", "")
					.strip()
					.equals(DONE);
	}

	private static boolean endsEvent(byte[] bytes, int offset, int length) {
		int last = offset + length - 1;
		int before = (last > offset && bytes[last] == '\n' && bytes[last - 1] == '\r') ? last - 2 : last - 1;
		return isLineEnd(bytes[last]) && before >= offset && isLineEnd(bytes[before]);
	}

	private static boolean isLineEnd(byte b) {
		return b == '\n' || b == '\r';
	}

	private void send() throws IOException {
		if (this.out.size() > 0) {
			byte[] written = this.out.toByteArray();
			this.client.write(written, 0, written.length);
		}
	}

	@Override
	public void flush() throws IOException {
		this.client.flush();
	}

	@Override
	public void breakOff(ApiError error) throws IOException {
		this.out.reset();
		this.writer.error(this.request.told(error), this.out);
		send();
		this.client.flush();
	}

	@Override
	public void missed(byte[] bytes, int offset, int length) {
		Head head = this.whole;
		if (head == null) {
			translate(bytes, offset, length);
			byte[] written = this.out.toByteArray();
			this.client.missed(written, 0, written.length);
			return;
		}
		this.body.write(bytes, offset, length);
		if (this.body.size() == head.contentLength()) {
			byte[] all = this.body.toByteArray();
			byte[] written = whole(all, 0, all.length);
			this.client.missed(written, 0, written.length);
		}
	}

	@Override
	public Watch whileAwaiting(Runnable action) {
		return this.client.whileAwaiting(action);
	}

}
