package io.exchequer.routing.provider.demo;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The simulator's text completion: it goes on from a prompt, or fills in before a suffix,
 * with words of its own that say what it is. Log probabilities are not simulated.
 */
final class DemoCompletion implements DemoAnswer {

	private static final int BYTES_PER_TOKEN = 4;

	private final DemoRequest request;

	private final long created;

	private final List<Choice> choices = new ArrayList<>();

	private final int promptTokens;

	DemoCompletion(DemoRequest request, long created) {
		this.request = request;
		this.created = created;
		int prompts = 0;
		for (String prompt : prompts(request.json().path("prompt"))) {
			prompts += (prompt.length() + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
			for (int i = 0; i < request.choices(); i++) {
				this.choices.add(choice(prompt, i));
			}
		}
		String suffix = request.json().path("suffix").asString("");
		this.promptTokens = prompts + (suffix.length() + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
	}

	/** Tokens count as one letter in four each. */
	private static List<String> prompts(JsonNode prompt) {
		if (prompt.isString()) {
			return List.of(prompt.asString());
		}
		List<String> prompts = new ArrayList<>();
		if (!prompt.isEmpty() && prompt.path(0).isNumber()) {
			prompts.add(" ".repeat(BYTES_PER_TOKEN * prompt.size()));
			return prompts;
		}
		for (JsonNode each : prompt) {
			prompts.add(each.isString() ? each.asString() : " ".repeat(BYTES_PER_TOKEN * each.size()));
		}
		return prompts;
	}

	private Choice choice(String prompt, int index) {
		boolean middle = !this.request.json().path("suffix").asString("").isEmpty();
		long seed = DemoRequest.hash(this.request.seed() + prompt + index);
		String text = (middle ? " /* filled in" : " ... and so on")
				+ " by Exchequer's demo simulator, not a language model; variant " + Math.floorMod(seed, 1000)
				+ (middle ? " */ " : ".");
		String finish = "stop";
		for (String stop : this.request.stops()) {
			int at = text.indexOf(stop);
			text = (at >= 0) ? text.substring(0, at) : text;
		}
		List<String> tokens = DemoChoice.tokens(text);
		if (text.isEmpty()) {
			tokens = List.of();
		}
		if (tokens.size() > this.request.maxOutput()) {
			tokens = tokens.subList(0, this.request.maxOutput());
			finish = "length";
		}
		boolean echo = this.request.json().path("echo").asBoolean(false);
		return new Choice(echo ? prompt : "", List.copyOf(tokens), finish);
	}

	@Override
	public int steps() {
		return this.choices.stream().mapToInt((choice) -> choice.tokens().size()).max().orElse(0);
	}

	@Override
	public byte[] whole() {
		ObjectNode answer = head();
		ArrayNode list = answer.putArray("choices");
		for (int i = 0; i < this.choices.size(); i++) {
			Choice choice = this.choices.get(i);
			one(list, i, choice.echo() + String.join("", choice.tokens()), choice.finishReason());
		}
		usage(answer);
		return answer.toString().getBytes(StandardCharsets.UTF_8);
	}

	@Override
	public List<DemoWriter.Event> events() {
		List<DemoWriter.Event> events = new ArrayList<>();
		for (int step = 0; step <= steps(); step++) {
			for (int i = 0; i < this.choices.size(); i++) {
				Choice choice = this.choices.get(i);
				if (step == 0 && !choice.echo().isEmpty()) {
					events.add(chunk(step, i, choice.echo(), null));
				}
				if (step < choice.tokens().size()) {
					events.add(chunk(step, i, choice.tokens().get(step), null));
				}
			}
		}
		for (int i = 0; i < this.choices.size(); i++) {
			events.add(chunk(steps(), i, "", this.choices.get(i).finishReason()));
		}
		if (this.request.usageWanted()) {
			ObjectNode last = head();
			last.putArray("choices");
			usage(last);
			events.add(event(steps(), last.toString()));
		}
		events.add(event(steps(), "[DONE]"));
		return events;
	}

	private DemoWriter.Event chunk(int step, int index, String text, @Nullable String finish) {
		ObjectNode chunk = head();
		one(chunk.putArray("choices"), index, text, finish);
		return event(step, chunk.toString());
	}

	private static DemoWriter.Event event(int step, String data) {
		return new DemoWriter.Event(step, ("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
	}

	private static void one(ArrayNode list, int index, String text, @Nullable String finish) {
		list.addObject().put("text", text).put("index", index).putNull("logprobs").put("finish_reason", finish);
	}

	private ObjectNode head() {
		return DemoRequest.JSON.createObjectNode()
			.put("id", "cmpl-demo" + Long.toHexString(this.request.seed()))
			.put("object", "text_completion")
			.put("created", this.created)
			.put("model", this.request.model())
			.put("system_fingerprint", DemoWriter.FINGERPRINT);
	}

	private void usage(ObjectNode answer) {
		int output = this.choices.stream().mapToInt((choice) -> choice.tokens().size()).sum();
		answer.putObject("usage")
			.put("prompt_tokens", this.promptTokens)
			.put("completion_tokens", output)
			.put("total_tokens", this.promptTokens + output);
	}

	/**
	 * One choice.
	 *
	 * @param echo the prompt, where it is repeated, else empty
	 * @param tokens the pieces of what follows it
	 * @param finishReason why it ends
	 */
	private record Choice(String echo, List<String> tokens, String finishReason) {
	}

}
