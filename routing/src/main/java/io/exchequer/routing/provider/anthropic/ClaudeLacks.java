package io.exchequer.routing.provider.anthropic;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.exchequer.routing.chat.ChatMessage;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ContentPart;
import io.exchequer.routing.chat.MediaSource;
import io.exchequer.routing.chat.ReasoningWish;
import io.exchequer.routing.chat.ResponseFormat;
import io.exchequer.routing.chat.Sampling;
import io.exchequer.routing.chat.ToolCall;
import io.exchequer.routing.chat.ToolChoice;
import io.exchequer.routing.provider.translated.Lacks;
import org.jspecify.annotations.Nullable;

/**
 * What the Messages API has no place for.
 */
final class ClaudeLacks {

	private static final String ANTHROPIC = "Anthropic's API";

	private static final Set<String> CARRIED = Set.of("cache_control");

	private static final Set<String> IMAGES = Set.of("image/png", "image/jpeg", "image/gif", "image/webp");

	private static final Set<String> EFFORTS = Set.of("none", "minimal", "low", "medium", "high", "xhigh", "max");

	private final ChatRequest request;

	private final Lacks lacks;

	private ClaudeLacks(ChatRequest request, Lacks lacks) {
		this.request = request;
		this.lacks = lacks;
	}

	/** Names what a request for a model has that the API lacks. */
	static void of(ChatRequest request, Lacks lacks) {
		ClaudeLacks found = new ClaudeLacks(request, lacks);
		found.members();
		found.reasoning();
		found.messages();
		lacks.others(request, CARRIED, ANTHROPIC);
	}

	/** Returns whether the model may be told how to draw its tokens. */
	static boolean takesSampling(ChatRequest request, Thinking thinking) {
		return !thinking.isOn() && ClaudeVersion.of(request.model()).takesSampling();
	}

	static boolean isTooHot(BigDecimal temperature) {
		return temperature.compareTo(BigDecimal.ONE) > 0 || temperature.signum() < 0;
	}

	private void members() {
		if (this.request.choices() > 1) {
			this.lacks.refuse("n", ANTHROPIC + " makes one answer at a time: send 'n' requests, or use another model");
		}
		if (this.request.responseFormat() instanceof ResponseFormat.JsonObject) {
			this.lacks.refuse("response_format",
					ANTHROPIC + " holds an answer to JSON only by a schema: use 'json_schema'");
		}
		if (this.request.tools().isEmpty() && (this.request.toolChoice() instanceof ToolChoice.Required
				|| this.request.toolChoice() instanceof ToolChoice.Named)) {
			this.lacks.refuse("tool_choice", "'tool_choice' asks for a call, but there are no tools");
		}
		if (this.request.serviceTier() != null && ClaudeRequest.tier(this.request.serviceTier()) == null) {
			this.lacks.drop("service_tier", ANTHROPIC + " takes 'auto' and 'default' as 'service_tier'");
		}
		Sampling sampling = this.request.sampling();
		if (sampling.topLogprobs() != null) {
			this.lacks.drop("logprobs", ANTHROPIC + " tells no log probabilities: leave 'logprobs' out");
		}
		this.lacks.dropIfGiven("seed", sampling.seed(), ANTHROPIC);
		this.lacks.dropIfGiven("frequency_penalty", other(sampling.frequencyPenalty(), BigDecimal.ZERO), ANTHROPIC);
		this.lacks.dropIfGiven("presence_penalty", other(sampling.presencePenalty(), BigDecimal.ZERO), ANTHROPIC);
		if (!sampling.logitBias().isEmpty()) {
			this.lacks.drop("logit_bias", ANTHROPIC + " has no place for 'logit_bias': leave it out");
		}
		sampling(sampling);
	}

	private static @Nullable BigDecimal other(@Nullable BigDecimal value, BigDecimal usual) {
		return (value != null && value.compareTo(usual) == 0) ? null : value;
	}

	private void sampling(Sampling sampling) {
		if (takesSampling(this.request, Thinking.of(this.request))) {
			if (sampling.temperature() != null && isTooHot(sampling.temperature())) {
				this.lacks.drop("temperature", ANTHROPIC + " takes a 'temperature' from 0 to 1");
			}
			return;
		}
		String why = "this model, or one that thinks, cannot be told how to draw its tokens: leave out '";
		if (other(sampling.temperature(), BigDecimal.ONE) != null) {
			this.lacks.drop("temperature", why + "temperature'");
		}
		if (other(sampling.topP(), BigDecimal.ONE) != null) {
			this.lacks.drop("top_p", why + "top_p'");
		}
		if (sampling.topK() != null) {
			this.lacks.drop("top_k", why + "top_k'");
		}
	}

	private void reasoning() {
		ReasoningWish wish = this.request.reasoning();
		if (wish == null) {
			return;
		}
		ClaudeVersion version = ClaudeVersion.of(this.request.model());
		Integer budget = wish.budgetTokens();
		Integer limit = this.request.maxOutput();
		if (budget != null && !version.takesBudget()) {
			this.lacks.drop("thinking.budget_tokens",
					"this model decides by itself how much to think: use 'reasoning_effort' and leave the budget out");
		}
		else if (budget != null && (budget < Thinking.BUDGET_MIN || limit != null && budget >= limit)) {
			this.lacks.refuse("thinking.budget_tokens", "'thinking.budget_tokens' must be from " + Thinking.BUDGET_MIN
					+ " to less than the output limit, which it is a part of");
		}
		if (wish.effort() != null && !EFFORTS.contains(wish.effort().toLowerCase(Locale.ROOT))) {
			this.lacks.refuse("reasoning_effort",
					ANTHROPIC + " knows the efforts none, minimal, low, medium, high, xhigh and max");
		}
		boolean forced = this.request.toolChoice() instanceof ToolChoice.Required
				|| this.request.toolChoice() instanceof ToolChoice.Named;
		if (forced && Thinking.of(this.request).isOn()) {
			this.lacks.refuse("tool_choice",
					ANTHROPIC + " cannot be made to call a tool while the model thinks: switch one of them off");
		}
	}

	private void messages() {
		boolean talking = false;
		boolean assistants = false;
		boolean within = ClaudeVersion.of(this.request.model()).takesSystemWithin();
		for (int i = 0; i < this.request.messages().size(); i++) {
			String path = "messages[" + i + "]";
			switch (this.request.messages().get(i)) {
				case ChatMessage.System system -> {
					if (talking && (assistants || !within)) {
						this.lacks.drop(path + ".role", ANTHROPIC + " takes what the application says before the"
								+ " conversation, and from some models on behind a user's message: it is moved there");
					}
					name(path, system.name());
					for (int part = 0; part < system.parts().size(); part++) {
						if (!(system.parts().get(part) instanceof ContentPart.Text)) {
							this.lacks.refuse(path + ".content[" + part + "]",
									ANTHROPIC + " takes only text of the application's");
						}
					}
				}
				case ChatMessage.User user -> {
					talking = true;
					assistants = false;
					name(path, user.name());
					parts(path, user.parts());
				}
				case ChatMessage.Tool tool -> {
					talking = true;
					assistants = false;
					parts(path, tool.parts());
				}
				case ChatMessage.Assistant assistant -> {
					talking = true;
					assistants = true;
					name(path, assistant.name());
					parts(path, assistant.parts());
					calls(path, assistant.toolCalls());
				}
			}
		}
	}

	private void name(String path, @Nullable String name) {
		this.lacks.dropIfGiven(path + ".name", name, ANTHROPIC);
	}

	private void calls(String path, List<ToolCall> calls) {
		for (int i = 0; i < calls.size(); i++) {
			if (Values.object(calls.get(i).arguments()) == null) {
				this.lacks.refuse(path + ".tool_calls[" + i + "].function.arguments",
						ANTHROPIC + " takes a tool call's arguments only as a JSON object");
			}
		}
	}

	private void parts(String path, List<ContentPart> parts) {
		for (int i = 0; i < parts.size(); i++) {
			String at = path + ".content[" + i + "]";
			switch (parts.get(i)) {
				case ContentPart.Audio _ ->
					this.lacks.refuse(at + ".input_audio", ANTHROPIC + " has no place for audio: use another model");
				case ContentPart.Image image -> image(at, image);
				case ContentPart.Document document -> document(at, document.source());
				case ContentPart.Reasoning reasoning when reasoning.signature() == null ->
					this.lacks.drop(path + ".reasoning_content",
							ANTHROPIC + " takes reasoning back only with its signature, in 'thinking_blocks'");
				case ContentPart.Text _, ContentPart.Refusal _, ContentPart.Reasoning _,
						ContentPart.HiddenReasoning _ ->
					{
					}
			}
		}
	}

	private void image(String at, ContentPart.Image image) {
		if (image.source() instanceof MediaSource.Inline inline
				&& !IMAGES.contains(ClaudeRequest.imageType(inline.mediaType()))) {
			this.lacks.refuse(at + ".image_url", ANTHROPIC + " reads images in PNG, JPEG, GIF and WebP");
		}
		remote(at + ".image_url", image.source());
		if (image.detail() != null && !image.detail().equals("auto")) {
			this.lacks.drop(at + ".image_url.detail", ANTHROPIC + " has no place for an image's 'detail'");
		}
	}

	private void document(String at, MediaSource source) {
		if (source instanceof MediaSource.Inline inline && !inline.mediaType().equals("application/pdf")
				&& !inline.mediaType().startsWith("text/")) {
			this.lacks.refuse(at + ".file", ANTHROPIC + " reads documents in PDF and plain text");
		}
		remote(at + ".file", source);
	}

	private void remote(String param, MediaSource source) {
		if (source instanceof MediaSource.Remote remote && !remote.url().toLowerCase(Locale.ROOT).startsWith("http")) {
			this.lacks.refuse(param, ANTHROPIC + " fetches only from http and https addresses");
		}
	}

}
