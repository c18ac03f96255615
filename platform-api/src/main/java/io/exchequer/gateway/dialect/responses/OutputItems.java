package io.exchequer.gateway.dialect.responses;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import io.exchequer.routing.chat.ChatEvent;

/**
 * Puts an answer's events in order as output items, and tells each step of it. A piece of
 * reasoning ends where another item begins. The message and the tool calls, which may
 * come interleaved, end with the answer: a whole answer has one message. Used by one
 * thread.
 */
final class OutputItems {

	private static final String IN_PROGRESS = "in_progress";

	private static final String COMPLETED = "completed";

	private static final String INCOMPLETE = "incomplete";

	private final UUID requestId;

	private final boolean awaitsLogprobs;

	private final Events events;

	private final List<Item> items = new ArrayList<>();

	private final Map<Integer, Call> calls = new HashMap<>(4);

	private @Nullable Message message;

	/** The reasoning that goes on. */
	private @Nullable Reasoning open;

	/** A text that waits for its log probabilities. */
	private @Nullable String held;

	/**
	 * Makes an empty output.
	 * @param awaitsLogprobs whether a text is told with the log probabilities that come
	 * behind it
	 * @param events what is told of each step
	 */
	OutputItems(UUID requestId, boolean awaitsLogprobs, Events events) {
		this.requestId = requestId;
		this.awaitsLogprobs = awaitsLogprobs;
		this.events = events;
	}

	/** Takes an event; only one choice is ever asked for. */
	void add(ChatEvent event) {
		switch (event) {
			case ChatEvent.TextDelta delta when delta.choice() == 0 -> text(delta.text());
			case ChatEvent.Logprobs logprobs when logprobs.choice() == 0 -> logprobs(logprobs.content());
			case ChatEvent.RefusalDelta delta when delta.choice() == 0 -> refusal(delta.text());
			case ChatEvent.Annotation annotation when annotation.choice() == 0 -> annotation(annotation.annotation());
			case ChatEvent.ReasoningDelta delta when delta.choice() == 0 -> unsigned().fill(delta.text());
			case ChatEvent.ReasoningSigned signed when signed.choice() == 0 ->
				unsigned().proof = new ReasoningProof.Signature(signed.signature()).content();
			case ChatEvent.ReasoningHidden hidden when hidden.choice() == 0 ->
				proof(new ReasoningProof.Hidden(hidden.data()));
			case ChatEvent.ToolCallStarted call when call.choice() == 0 -> call(call);
			case ChatEvent.ToolArgumentsDelta delta when delta.choice() == 0 -> arguments(delta);
			default -> {
			}
		}
	}

	/**
	 * Ends every item.
	 * @param whole whether the answer came to its own end
	 */
	void end(boolean whole) {
		release();
		this.open = null;
		for (Item item : this.items) {
			if (item.isOpen()) {
				boolean last = item == this.items.getLast();
				item.close((whole || !last) ? COMPLETED : INCOMPLETE);
			}
		}
	}

	/** Returns the items as they stand. */
	ArrayNode output() {
		ArrayNode output = JsonNodeFactory.instance.arrayNode();
		this.items.forEach((item) -> output.add(item.json()));
		return output;
	}

	private void text(String text) {
		release();
		Part part = message().part(false);
		part.text.append(text);
		if (this.awaitsLogprobs) {
			this.held = text;
			return;
		}
		part.delta(text, null);
	}

	private void logprobs(JsonNode content) {
		Part part = message().part(false);
		content.forEach(part.logprobs::add);
		String text = this.held;
		this.held = null;
		if (text != null) {
			part.delta(text, content);
		}
	}

	private void release() {
		String text = this.held;
		this.held = null;
		if (text != null) {
			message().part(false).delta(text, null);
		}
	}

	private void refusal(String text) {
		release();
		Part part = message().part(true);
		part.text.append(text);
		part.delta(text, null);
	}

	/** Only what has a place: clients that read strictly know no other kinds. */
	private void annotation(JsonNode annotation) {
		JsonNode citation = annotation.path("url_citation");
		if (!annotation.path("type").asString("").equals("url_citation") || !citation.path("url").isString()) {
			return;
		}
		release();
		ObjectNode told = JsonNodeFactory.instance.objectNode()
			.put("type", "url_citation")
			.put("start_index", citation.path("start_index").asInt(0))
			.put("end_index", citation.path("end_index").asInt(0))
			.put("url", citation.path("url").asString())
			.put("title", citation.path("title").asString(""));
		message().part(false).annotate(told);
	}

	private void call(ChatEvent.ToolCallStarted call) {
		release();
		closeOpen();
		if (call.signature() != null) {
			proof(new ReasoningProof.OfCall(call.id(), call.signature()));
		}
		Call item = new Call(call.id(), call.name());
		this.calls.put(call.index(), item);
		item.begin();
	}

	private void arguments(ChatEvent.ToolArgumentsDelta delta) {
		Call call = this.calls.get(delta.index());
		if (call != null) {
			release();
			call.fill(delta.text());
		}
	}

	private void proof(ReasoningProof proof) {
		release();
		closeOpen();
		Reasoning item = new Reasoning();
		item.proof = proof.content();
		item.begin();
		item.close(COMPLETED);
	}

	private Message message() {
		closeOpen();
		Message known = this.message;
		if (known != null) {
			return known;
		}
		Message begun = new Message();
		this.message = begun;
		begun.begin();
		return begun;
	}

	private Reasoning unsigned() {
		release();
		Reasoning known = this.open;
		if (known != null && known.proof == null) {
			return known;
		}
		closeOpen();
		Reasoning begun = new Reasoning();
		this.open = begun;
		begun.begin();
		return begun;
	}

	private void closeOpen() {
		Reasoning item = this.open;
		this.open = null;
		if (item != null) {
			item.close(COMPLETED);
		}
	}

	/** Tells the steps, as the API's events. */
	@FunctionalInterface
	interface Events {

		/** Tells nothing. */
		Events NONE = (_, _) -> {
		};

		void send(String type, Consumer<JsonGenerator> members);

	}

	/** One item of the output. */
	private abstract class Item {

		private final int index = OutputItems.this.items.size();

		private final String id;

		private String status = IN_PROGRESS;

		Item(String prefix) {
			this.id = ResponseIds.item(prefix, OutputItems.this.requestId, this.index);
			OutputItems.this.items.add(this);
		}

		abstract void describe(ObjectNode json);

		abstract void finish();

		boolean isOpen() {
			return this.status.equals(IN_PROGRESS);
		}

		void begin() {
			send("response.output_item.added", (json) -> {
				json.writeName("item");
				json.writeTree(json());
			});
		}

		void close(String end) {
			finish();
			this.status = end;
			send("response.output_item.done", (json) -> {
				json.writeName("item");
				json.writeTree(json());
			});
		}

		ObjectNode json() {
			ObjectNode json = JsonNodeFactory.instance.objectNode().put("id", this.id);
			describe(json);
			return json.put("status", this.status);
		}

		void send(String type, Consumer<JsonGenerator> members) {
			OutputItems.this.events.send(type, (json) -> {
				json.writeNumberProperty("output_index", this.index);
				members.accept(json);
			});
		}

		void sendOwn(String type, Consumer<JsonGenerator> members) {
			send(type, (json) -> {
				json.writeStringProperty("item_id", this.id);
				members.accept(json);
			});
		}

	}

	/** What the model says. */
	private final class Message extends Item {

		private final List<Part> parts = new ArrayList<>(1);

		Message() {
			super("msg");
		}

		/** Returns the one part of its kind. */
		Part part(boolean refusal) {
			for (Part known : this.parts) {
				if (known.refusal == refusal) {
					return known;
				}
			}
			Part begun = new Part(this, this.parts.size(), refusal);
			this.parts.add(begun);
			begun.begin();
			return begun;
		}

		@Override
		void finish() {
			this.parts.forEach(Part::finish);
		}

		@Override
		void describe(ObjectNode json) {
			json.put("type", "message").put("role", "assistant");
			ArrayNode content = json.putArray("content");
			this.parts.forEach((part) -> content.add(part.json()));
		}

	}

	/** A part of a message: a text, or a refusal. */
	private static final class Part {

		private final Message message;

		private final int index;

		private final boolean refusal;

		private final StringBuilder text = new StringBuilder();

		private final ArrayNode annotations = JsonNodeFactory.instance.arrayNode();

		private final ArrayNode logprobs = JsonNodeFactory.instance.arrayNode();

		Part(Message message, int index, boolean refusal) {
			this.message = message;
			this.index = index;
			this.refusal = refusal;
		}

		void begin() {
			send("response.content_part.added", this::tell);
		}

		void delta(String more, @Nullable JsonNode probabilities) {
			send(this.refusal ? "response.refusal.delta" : "response.output_text.delta", (json) -> {
				json.writeStringProperty("delta", more);
				if (!this.refusal) {
					json.writeName("logprobs");
					json.writeTree((probabilities != null) ? probabilities : JsonNodeFactory.instance.arrayNode());
				}
			});
		}

		void annotate(ObjectNode annotation) {
			int number = this.annotations.size();
			this.annotations.add(annotation);
			send("response.output_text.annotation.added", (json) -> {
				json.writeNumberProperty("annotation_index", number);
				json.writeName("annotation");
				json.writeTree(annotation);
			});
		}

		void finish() {
			send(this.refusal ? "response.refusal.done" : "response.output_text.done", (json) -> {
				json.writeStringProperty(this.refusal ? "refusal" : "text", this.text.toString());
				if (!this.refusal) {
					json.writeName("logprobs");
					json.writeTree(this.logprobs);
				}
			});
			send("response.content_part.done", this::tell);
		}

		private void tell(JsonGenerator json) {
			json.writeName("part");
			json.writeTree(json());
		}

		ObjectNode json() {
			ObjectNode json = JsonNodeFactory.instance.objectNode();
			if (this.refusal) {
				return json.put("type", "refusal").put("refusal", this.text.toString());
			}
			json.put("type", "output_text").put("text", this.text.toString());
			json.set("annotations", this.annotations.deepCopy());
			json.set("logprobs", this.logprobs.deepCopy());
			return json;
		}

		private void send(String type, Consumer<JsonGenerator> members) {
			this.message.sendOwn(type, (json) -> {
				json.writeNumberProperty("content_index", this.index);
				members.accept(json);
			});
		}

	}

	/** What the model shows of its reasoning, and what proves it. */
	private final class Reasoning extends Item {

		private final StringBuilder text = new StringBuilder();

		private @Nullable String proof;

		Reasoning() {
			super("rs");
		}

		void fill(String more) {
			if (this.text.isEmpty()) {
				summary("response.reasoning_summary_part.added", this::tell);
			}
			this.text.append(more);
			summary("response.reasoning_summary_text.delta", (json) -> json.writeStringProperty("delta", more));
		}

		@Override
		void finish() {
			if (!this.text.isEmpty()) {
				summary("response.reasoning_summary_text.done",
						(json) -> json.writeStringProperty("text", this.text.toString()));
				summary("response.reasoning_summary_part.done", this::tell);
			}
		}

		private void tell(JsonGenerator json) {
			json.writeName("part");
			json.writeTree(part());
		}

		private ObjectNode part() {
			return JsonNodeFactory.instance.objectNode().put("type", "summary_text").put("text", this.text.toString());
		}

		private void summary(String type, Consumer<JsonGenerator> members) {
			sendOwn(type, (json) -> {
				json.writeNumberProperty("summary_index", 0);
				members.accept(json);
			});
		}

		@Override
		void describe(ObjectNode json) {
			json.put("type", "reasoning");
			ArrayNode summary = json.putArray("summary");
			if (!this.text.isEmpty()) {
				summary.add(part());
			}
			if (this.proof != null) {
				json.put("encrypted_content", this.proof);
			}
		}

	}

	/** A call of a tool. */
	private final class Call extends Item {

		private final String callId;

		private final String name;

		private final StringBuilder arguments = new StringBuilder();

		Call(String callId, String name) {
			super("fc");
			this.callId = callId;
			this.name = name;
		}

		void fill(String more) {
			this.arguments.append(more);
			sendOwn("response.function_call_arguments.delta", (json) -> json.writeStringProperty("delta", more));
		}

		@Override
		void finish() {
			sendOwn("response.function_call_arguments.done", (json) -> {
				json.writeStringProperty("name", this.name);
				json.writeStringProperty("arguments", this.arguments.toString());
			});
		}

		@Override
		void describe(ObjectNode json) {
			json.put("type", "function_call")
				.put("call_id", this.callId)
				.put("name", this.name)
				.put("arguments", this.arguments.toString());
		}

	}

}
