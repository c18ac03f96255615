package io.exchequer.routing.chat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.routing.wire.UsageReader;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads an answer on the canonical wire into events, a stream piece by piece as it comes,
 * wherever the pieces are cut. It reads what servers with OpenAI's wire really send, too:
 * calls without an index, whole calls in one chunk, usage in every chunk. What it is
 * given was checked to be whole by the execution; what it cannot read it passes over.
 * Used by one thread, for one answer.
 */
public final class ChatEventReader {

	private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);

	private static final String DONE = "[DONE]";

	private final ByteArrayOutputStream line = new ByteArrayOutputStream(1024);

	private final ByteArrayOutputStream data = new ByteArrayOutputStream(1024);

	private final Map<Integer, Calls> calls = new HashMap<>(2);

	private final BitSet finished = new BitSet();

	private boolean afterReturn;

	private boolean started;

	private boolean failed;

	private boolean done;

	private @Nullable TokenUsage usage;

	private @Nullable String serviceTier;

	/**
	 * Reads the next piece of a stream.
	 * @return what came whole with it, perhaps nothing
	 */
	public List<ChatEvent> read(byte[] bytes, int offset, int length) {
		List<ChatEvent> events = new ArrayList<>(2);
		int from = offset;
		for (int i = offset; i < offset + length; i++) {
			byte b = bytes[i];
			boolean linefeed = b == '\n';
			if (!linefeed && b != '\r') {
				this.afterReturn = false;
				continue;
			}
			if (!(linefeed && this.afterReturn)) {
				this.line.write(bytes, from, i - from);
				endOfLine(events);
			}
			this.afterReturn = !linefeed;
			from = i + 1;
		}
		this.line.write(bytes, from, offset + length - from);
		return events;
	}

	/** Returns whether the stream came to its {@code [DONE]}. */
	public boolean isDone() {
		return this.done;
	}

	/** Returns the events of a whole completion. */
	public static List<ChatEvent> completion(byte[] bytes, int offset, int length) {
		ChatEventReader reader = new ChatEventReader();
		List<ChatEvent> events = new ArrayList<>();
		reader.chunk(bytes, offset, length, events);
		reader.end(events);
		return events;
	}

	private void endOfLine(List<ChatEvent> events) {
		byte[] bytes = this.line.toByteArray();
		this.line.reset();
		if (bytes.length == 0) {
			if (this.data.size() > 0) {
				byte[] whole = this.data.toByteArray();
				this.data.reset();
				event(whole, events);
			}
			return;
		}
		if (startsWithData(bytes)) {
			int from = (bytes.length > DATA.length && bytes[DATA.length] == ' ') ? DATA.length + 1 : DATA.length;
			if (this.data.size() > 0) {
				this.data.write('\n');
			}
			this.data.write(bytes, from, bytes.length - from);
		}
	}

	private static boolean startsWithData(byte[] bytes) {
		return bytes.length >= DATA.length && java.util.Arrays.equals(bytes, 0, DATA.length, DATA, 0, DATA.length);
	}

	private void event(byte[] data, List<ChatEvent> events) {
		if (data.length < 16 && new String(data, StandardCharsets.UTF_8).strip().equals(DONE)) {
			this.done = true;
			end(events);
			return;
		}
		chunk(data, 0, data.length, events);
	}

	private void chunk(byte[] bytes, int offset, int length, List<ChatEvent> events) {
		JsonNode chunk;
		try {
			chunk = Wire.JSON.readTree(bytes, offset, length);
		}
		catch (JacksonException ex) {
			return;
		}
		JsonNode error = chunk.path("error");
		if (error.isObject() || error.isString()) {
			this.failed = true;
			events.add(new ChatEvent.Failed(error.path("type").asString(""), error.path("code").asString(""),
					error.isString() ? error.asString() : error.path("message").asString("")));
			return;
		}
		if (!this.started) {
			this.started = true;
			events.add(new ChatEvent.Started(chunk.path("id").asString(""), chunk.path("model").asString(""),
					chunk.path("created").asLong(0)));
		}
		if (chunk.path("service_tier").isString()) {
			this.serviceTier = chunk.path("service_tier").asString();
		}
		if (chunk.path("usage").isObject()) {
			this.usage = UsageReader.read(Wire.JSON.writeValueAsBytes(chunk.path("usage")));
		}
		int position = 0;
		for (JsonNode choice : chunk.path("choices")) {
			choice(choice, choice.path("index").asInt(position++), events);
		}
	}

	/** Usage is told once, however often it came. */
	private void end(List<ChatEvent> events) {
		if (!this.failed && this.started && (this.usage != null || this.serviceTier != null)) {
			events.add(new ChatEvent.Used(this.usage, this.serviceTier));
			this.usage = null;
			this.serviceTier = null;
		}
	}

	private void choice(JsonNode choice, int index, List<ChatEvent> events) {
		if (choice.path("delta").isObject()) {
			said(choice.path("delta"), index, true, events);
		}
		else if (choice.path("message").isObject()) {
			said(choice.path("message"), index, false, events);
		}
		JsonNode logprobs = choice.path("logprobs").path("content");
		if (logprobs.isArray() && !logprobs.isEmpty()) {
			events.add(new ChatEvent.Logprobs(index, logprobs));
		}
		JsonNode reason = choice.path("finish_reason");
		if (reason.isString() && !reason.asString().isEmpty() && !this.finished.get(index)) {
			this.finished.set(index);
			events.add(finished(choice, index, reason.asString()));
		}
	}

	private static ChatEvent finished(JsonNode choice, int index, String told) {
		FinishReason reason = switch (told.toLowerCase(Locale.ROOT)) {
			case "length" -> FinishReason.LENGTH;
			case "tool_calls", "function_call" -> FinishReason.TOOL_CALLS;
			case "content_filter" -> FinishReason.CONTENT_FILTER;
			default -> FinishReason.STOP;
		};
		String nativeReason = text(choice, "native_finish_reason");
		if (nativeReason == null && !reason.name().equalsIgnoreCase(told) && !told.equals("function_call")) {
			nativeReason = told;
		}
		return new ChatEvent.Finished(index, reason, nativeReason, text(choice, "stop_sequence"));
	}

	private static @Nullable String text(JsonNode object, String name) {
		JsonNode value = object.path(name);
		return value.isString() ? value.asString() : null;
	}

	private void said(JsonNode said, int index, boolean stream, List<ChatEvent> events) {
		reasoning(said, index, stream, events);
		content(said.path("content"), index, events);
		String refusal = text(said, "refusal");
		if (refusal != null && !refusal.isEmpty()) {
			events.add(new ChatEvent.RefusalDelta(index, refusal));
		}
		int position = 0;
		for (JsonNode call : said.path(Wire.TOOL_CALLS)) {
			this.calls.computeIfAbsent(index, Calls::new).read(call, position++, stream, events);
		}
		for (JsonNode annotation : said.path("annotations")) {
			events.add(new ChatEvent.Annotation(index, annotation));
		}
	}

	private static void content(JsonNode content, int index, List<ChatEvent> events) {
		if (content.isString() && !content.asString().isEmpty()) {
			events.add(new ChatEvent.TextDelta(index, content.asString()));
		}
		for (JsonNode part : content) {
			// Mistral's reasoning models send parts.
			if (part.path("type").asString("").equals("thinking")) {
				for (JsonNode thought : part.path("thinking")) {
					text(thought, index, true, events);
				}
			}
			else {
				text(part, index, false, events);
			}
		}
	}

	private static void text(JsonNode part, int index, boolean reasoning, List<ChatEvent> events) {
		String text = part.path("text").asString("");
		if (!text.isEmpty()) {
			events.add(reasoning ? new ChatEvent.ReasoningDelta(index, text) : new ChatEvent.TextDelta(index, text));
		}
	}

	private static void reasoning(JsonNode said, int index, boolean stream, List<ChatEvent> events) {
		String shown = text(said, Wire.REASONING_CONTENT);
		if (shown == null) {
			shown = text(said, "reasoning");
		}
		String left = (shown != null) ? shown : "";
		if (stream && !left.isEmpty()) {
			events.add(new ChatEvent.ReasoningDelta(index, left));
			left = "";
		}
		for (JsonNode block : said.path(Wire.THINKING_BLOCKS)) {
			String thought = block.path("thinking").asString("");
			if (!thought.isEmpty() && !(stream && shown != null)) {
				events.add(new ChatEvent.ReasoningDelta(index, thought));
				left = left.startsWith(thought) ? left.substring(thought.length()) : left;
			}
			String signature = text(block, "signature");
			if (signature != null) {
				events.add(new ChatEvent.ReasoningSigned(index, signature));
			}
			String data = text(block, "data");
			if (data != null) {
				events.add(new ChatEvent.ReasoningHidden(index, data));
			}
		}
		if (!left.isEmpty()) {
			events.add(new ChatEvent.ReasoningDelta(index, left));
		}
	}

	/** The tool calls of a choice: by the numbers on the wire, and by ours. */
	private static final class Calls {

		private final int choice;

		private final Map<Integer, Integer> numbers = new HashMap<>(4);

		private final Map<Integer, String> ids = new HashMap<>(4);

		private int count;

		Calls(int choice) {
			this.choice = choice;
		}

		void read(JsonNode call, int position, boolean stream, List<ChatEvent> events) {
			String id = call.path("id").asString("");
			JsonNode function = call.path("function");
			int told = call.path("index").asInt(stream ? unnumbered(id) : position);
			Integer number = this.numbers.get(told);
			// Some servers give every call the same index.
			if (number == null || !id.isEmpty() && !id.equals(this.ids.get(told))) {
				number = this.count++;
				this.numbers.put(told, number);
				this.ids.put(told, id);
				events.add(new ChatEvent.ToolCallStarted(this.choice, number,
						id.isEmpty() ? "call_" + this.choice + "_" + number : id, function.path("name").asString(""),
						MessageReader.signature(call.path(Wire.EXTRA_CONTENT))));
			}
			String arguments = function.path("arguments").asString("");
			if (function.path("arguments").isObject()) {
				arguments = function.path("arguments").toString();
			}
			if (!arguments.isEmpty()) {
				events.add(new ChatEvent.ToolArgumentsDelta(this.choice, number, arguments));
			}
		}

		/** A call without a number goes on with the last, or begins the next. */
		private int unnumbered(String id) {
			return id.isEmpty() ? Math.max(0, this.count - 1) : this.count;
		}

	}

}
