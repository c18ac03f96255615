package io.exchequer.gateway.dialect.anthropic;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.wire.InvalidRequestException;

/** A client of the Messages API that keeps what it gets, and may go away. */
final class Client implements AnswerSink {

	static final UUID REQUEST = UUID.fromString("01990000-0000-7000-8000-000000000001");

	private final ByteArrayOutputStream body = new ByteArrayOutputStream();

	private final ByteArrayOutputStream missed = new ByteArrayOutputStream();

	private @Nullable Head head;

	private boolean gone;

	int flushes;

	/** Returns where a canonical answer is written to, to reach this client. */
	AnswerSink sink() throws InvalidRequestException {
		Dialect.Reading asked = Messages.read(Messages.with("\"model\":\"asked\""), false);
		return AnthropicDialect.INSTANCE.answering(this,
				new Dialect.Reading(asked.document(), List.of("speed"), asked.paths()), REQUEST,
				AnswerMemory.UNBOUNDED.open());
	}

	/** Returns the message that a whole canonical answer is. */
	static JsonNode whole(String canonical) throws InvalidRequestException, IOException {
		Client client = new Client();
		byte[] bytes = canonical.getBytes(StandardCharsets.UTF_8);
		AnswerSink sink = client.sink();
		sink.begin(head(bytes.length));
		sink.write(bytes, 0, bytes.length);
		sink.flush();
		return MessageJson.MAPPER.readTree(client.text());
	}

	/** Returns what a canonical stream is, each of its frames written by itself. */
	static String stream(String... chunks) throws InvalidRequestException, IOException {
		Client client = new Client();
		AnswerSink sink = client.sink();
		sink.begin(head(-1));
		for (String chunk : chunks) {
			byte[] bytes = (chunk.startsWith(":") ? chunk + "\n\n" : "data: " + chunk + "\n\n")
				.getBytes(StandardCharsets.UTF_8);
			sink.write(bytes, 0, bytes.length);
			sink.flush();
		}
		return client.text();
	}

	static Head head(long length) {
		return new Head(200, (length < 0) ? "text/event-stream" : "application/json", length, "m", "m-1", 1, null, null,
				null, List.of("top_k", "messages[0]"));
	}

	void leave() {
		this.gone = true;
	}

	@Override
	public void begin(Head begun) throws IOException {
		this.head = begun;
		requireHere();
	}

	@Override
	public void write(byte[] bytes, int offset, int length) throws IOException {
		this.body.write(bytes, offset, length);
		requireHere();
	}

	@Override
	public void flush() throws IOException {
		this.flushes++;
		requireHere();
	}

	@Override
	public void missed(byte[] bytes, int offset, int length) {
		this.missed.write(bytes, offset, length);
	}

	private void requireHere() throws IOException {
		if (this.gone) {
			throw new IOException("the client is gone");
		}
	}

	Head head() {
		return Objects.requireNonNull(this.head);
	}

	boolean begun() {
		return this.head != null;
	}

	String text() {
		return this.body.toString(StandardCharsets.UTF_8);
	}

	String missedText() {
		return this.missed.toString(StandardCharsets.UTF_8);
	}

	/** Returns the message that a stream's events make, as the official clients do. */
	static JsonNode reassembled(String stream) {
		return Reassembly.of(events(stream));
	}

	/** Returns the data of a stream's events; each names its type twice. */
	static List<JsonNode> events(String stream) {
		List<JsonNode> events = new ArrayList<>();
		for (String frame : stream.split("\n\n")) {
			String[] lines = frame.split("\n");
			JsonNode data = JsonMapper.shared().readTree(lines[1].substring("data: ".length()));
			if (lines.length != 2 || !lines[0].equals("event: " + data.get("type").asString())) {
				throw new AssertionError("not an event: " + frame);
			}
			events.add(data);
		}
		return events;
	}

}
