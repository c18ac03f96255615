package io.exchequer.routing.provider.demo;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the simulator's answer in OpenAI's wire format, whole or as a stream.
 */
final class DemoWriter implements DemoAnswer {

	/** What every answer of the simulator says in {@code system_fingerprint}. */
	static final String FINGERPRINT = "exchequer-demo-simulator";

	private final DemoRequest request;

	private final long created;

	private final List<DemoChoice> choices = new ArrayList<>();

	private final int reasoningTokens;

	private final int outputTokens;

	/**
	 * Works out the answer.
	 * @param created when it was made, in seconds since the epoch
	 * @throws IllegalArgumentException if a schema of the request cannot be followed
	 */
	DemoWriter(DemoRequest request, long created) {
		this.request = request;
		this.created = created;
		int limit = request.maxOutput();
		this.reasoningTokens = Math.min(request.reasoningTokens(), limit / 2);
		SchemaInstance.Room room = new SchemaInstance.Room();
		int output = 0;
		for (int i = 0; i < request.choices(); i++) {
			DemoChoice choice = DemoChoice.of(request, i, limit - this.reasoningTokens, room);
			this.choices.add(choice);
			output += choice.outputTokens() + this.reasoningTokens;
		}
		this.outputTokens = output;
	}

	@Override
	public int steps() {
		return this.choices.stream().mapToInt(DemoChoice::outputTokens).max().orElse(0) + this.reasoningTokens;
	}

	@Override
	public byte[] whole() {
		ObjectNode answer = head("chat.completion");
		ArrayNode list = answer.putArray("choices");
		for (int i = 0; i < this.choices.size(); i++) {
			DemoChoice choice = this.choices.get(i);
			ObjectNode one = list.addObject().put("index", i);
			ObjectNode message = one.putObject("message").put("role", "assistant");
			if (choice.calls().isEmpty()) {
				message.put("content", choice.text());
			}
			else {
				message.putNull("content");
				ArrayNode calls = message.putArray("tool_calls");
				choice.calls().forEach((call) -> {
					ObjectNode function = calls.addObject()
						.put("id", call.id())
						.put("type", "function")
						.putObject("function");
					function.put("name", call.name()).put("arguments", String.join("", call.arguments()));
				});
			}
			message.putNull("refusal");
			logprobs(one, choice.tokens());
			one.put("finish_reason", choice.finishReason());
		}
		usage(answer.putObject("usage"));
		return bytes(answer);
	}

	@Override
	public List<Event> events() {
		List<Event> events = new ArrayList<>();
		for (int i = 0; i < this.choices.size(); i++) {
			ObjectNode delta = DemoRequest.JSON.createObjectNode().put("role", "assistant").put("content", "");
			events.add(new Event(0, chunk(i, delta, null, List.of())));
		}
		int longest = this.choices.stream().mapToInt(DemoChoice::outputTokens).max().orElse(0);
		for (int step = 0; step < longest; step++) {
			for (int i = 0; i < this.choices.size(); i++) {
				ObjectNode delta = delta(this.choices.get(i), step);
				if (delta != null) {
					List<String> tokens = this.choices.get(i).tokens();
					events.add(new Event(this.reasoningTokens + step,
							chunk(i, delta, null, tokens.isEmpty() ? List.of() : List.of(tokens.get(step)))));
				}
			}
		}
		for (int i = 0; i < this.choices.size(); i++) {
			events.add(new Event(steps(),
					chunk(i, DemoRequest.JSON.createObjectNode(), this.choices.get(i).finishReason(), List.of())));
		}
		if (this.request.usageWanted()) {
			ObjectNode last = head("chat.completion.chunk");
			last.putArray("choices");
			usage(last.putObject("usage"));
			events.add(new Event(steps(), event(last)));
		}
		events.add(new Event(steps(), "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII)));
		return events;
	}

	private static @Nullable ObjectNode delta(DemoChoice choice, int step) {
		ObjectNode delta = DemoRequest.JSON.createObjectNode();
		if (choice.calls().isEmpty()) {
			return (step < choice.tokens().size()) ? delta.put("content", choice.tokens().get(step)) : null;
		}
		int at = step;
		for (int i = 0; i < choice.calls().size(); i++) {
			DemoChoice.Call call = choice.calls().get(i);
			if (at <= call.arguments().size()) {
				ObjectNode one = delta.putArray("tool_calls").addObject().put("index", i);
				if (at == 0) {
					one.put("id", call.id()).put("type", "function");
					one.putObject("function").put("name", call.name()).put("arguments", "");
				}
				else {
					one.putObject("function").put("arguments", call.arguments().get(at - 1));
				}
				return delta;
			}
			at -= call.arguments().size() + 1;
		}
		return null;
	}

	private byte[] chunk(int index, ObjectNode delta, @Nullable String finish, List<String> tokens) {
		ObjectNode chunk = head("chat.completion.chunk");
		ObjectNode choice = chunk.putArray("choices").addObject().put("index", index);
		choice.set("delta", delta);
		logprobs(choice, tokens);
		choice.put("finish_reason", finish);
		if (this.request.usageWanted()) {
			chunk.putNull("usage");
		}
		return event(chunk);
	}

	private ObjectNode head(String object) {
		return DemoRequest.JSON.createObjectNode()
			.put("id", "chatcmpl-demo" + Long.toHexString(this.request.seed()))
			.put("object", object)
			.put("created", this.created)
			.put("model", this.request.model())
			.put("system_fingerprint", FINGERPRINT)
			.put("service_tier", "default");
	}

	private void logprobs(ObjectNode choice, List<String> tokens) {
		int alternatives = this.request.logprobs();
		if (alternatives < 0 || tokens.isEmpty()) {
			choice.putNull("logprobs");
			return;
		}
		ArrayNode content = choice.putObject("logprobs").putArray("content");
		for (String token : tokens) {
			ObjectNode one = content.addObject();
			logprob(one, token, 0);
			ArrayNode top = one.putArray("top_logprobs");
			for (int i = 0; i < alternatives; i++) {
				logprob(top.addObject(), (i == 0) ? token : token + i, i);
			}
		}
	}

	private static void logprob(ObjectNode node, String token, int rank) {
		long thousandths = Math.floorMod(DemoRequest.hash(token), 700L) + rank * 1100L;
		node.put("token", token).put("logprob", -(thousandths + 1) / 1000.0);
		ArrayNode bytes = node.putArray("bytes");
		for (byte b : token.getBytes(StandardCharsets.UTF_8)) {
			bytes.add(b & 0xFF);
		}
	}

	private void usage(ObjectNode usage) {
		int prompt = this.request.promptTokens();
		usage.put("prompt_tokens", prompt)
			.put("completion_tokens", this.outputTokens)
			.put("total_tokens", prompt + this.outputTokens);
		usage.putObject("prompt_tokens_details").put("cached_tokens", 0).put("audio_tokens", 0);
		usage.putObject("completion_tokens_details")
			.put("reasoning_tokens", this.reasoningTokens * this.choices.size())
			.put("audio_tokens", 0)
			.put("accepted_prediction_tokens", 0)
			.put("rejected_prediction_tokens", 0);
	}

	private static byte[] event(ObjectNode node) {
		return ("data: " + node + "\n\n").getBytes(StandardCharsets.UTF_8);
	}

	private static byte[] bytes(ObjectNode node) {
		return node.toString().getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * An event of the stream.
	 *
	 * @param step how many tokens were made before it
	 * @param bytes the event, its blank line included
	 */
	record Event(int step, byte[] bytes) {
	}

}
