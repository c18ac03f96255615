package io.exchequer.routing.provider.mistral;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.exchequer.routing.chat.ChatMessage;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ContentPart;
import io.exchequer.routing.chat.MediaSource;
import io.exchequer.routing.chat.ReasoningWish;
import io.exchequer.routing.chat.Sampling;
import io.exchequer.routing.chat.ToolChoice;
import io.exchequer.routing.provider.translated.Lacks;
import org.jspecify.annotations.Nullable;

/**
 * What Mistral's API has no place for.
 */
final class MistralLacks {

	private static final String MISTRAL = "Mistral's API";

	private static final BigDecimal TEMPERATURE_MAX = new BigDecimal("1.5");

	private static final Set<String> IMAGES = Set.of("image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp");

	private static final Set<String> TIERS = Set.of("auto", "default");

	private final ChatRequest request;

	private final Lacks lacks;

	private MistralLacks(ChatRequest request, Lacks lacks) {
		this.request = request;
		this.lacks = lacks;
	}

	/** Names what a request for a model has that the API lacks. */
	static void of(ChatRequest request, Lacks lacks) {
		MistralLacks found = new MistralLacks(request, lacks);
		found.members();
		found.reasoning();
		found.tools();
		found.messages();
		lacks.others(request, MistralRequest.CARRIED, MISTRAL);
	}

	static boolean isTooHot(BigDecimal temperature) {
		return temperature.compareTo(TEMPERATURE_MAX) > 0 || temperature.signum() < 0;
	}

	private void members() {
		Sampling sampling = this.request.sampling();
		if (sampling.temperature() != null && isTooHot(sampling.temperature())) {
			this.lacks.drop("temperature", MISTRAL + " takes a 'temperature' from 0 to " + TEMPERATURE_MAX);
		}
		this.lacks.dropIfGiven("top_k", sampling.topK(), MISTRAL);
		if (sampling.topLogprobs() != null) {
			this.lacks.drop("logprobs", MISTRAL + " tells no log probabilities: leave 'logprobs' out");
		}
		if (!sampling.logitBias().isEmpty()) {
			this.lacks.drop("logit_bias", MISTRAL + " has no place for 'logit_bias': leave it out");
		}
		this.lacks.dropIfGiven("user", this.request.user(), MISTRAL);
		if (this.request.serviceTier() != null && !TIERS.contains(this.request.serviceTier())) {
			this.lacks.drop("service_tier", MISTRAL + " takes 'auto' and 'default' as 'service_tier'");
		}
	}

	private void reasoning() {
		ReasoningWish wish = this.request.reasoning();
		if (wish == null) {
			return;
		}
		this.lacks.dropIfGiven("thinking.budget_tokens", wish.budgetTokens(), MISTRAL);
		String effort = wish.effort();
		if (effort != null && !effort.equals("none") && !effort.equals("high")) {
			this.lacks.drop("reasoning_effort", MISTRAL + " knows the efforts 'none' and 'high'; others become 'high'");
		}
		if (MistralRequest.reasonsByMode(this.request.model())
				&& Boolean.FALSE.equals(MistralRequest.wantsReasoning(wish))) {
			this.lacks.drop((effort != null) ? "reasoning_effort" : "thinking",
					"this model always reasons: leave it out, or use another model");
		}
	}

	private void tools() {
		if (this.request.tools().isEmpty() && (this.request.toolChoice() instanceof ToolChoice.Required
				|| this.request.toolChoice() instanceof ToolChoice.Named)) {
			this.lacks.refuse("tool_choice", "'tool_choice' asks for a call, but there are no tools");
		}
		for (int i = 0; i < this.request.tools().size(); i++) {
			this.lacks.dropIfGiven("tools[" + i + "].cache_control", this.request.tools().get(i).cacheMark(), MISTRAL);
		}
	}

	private void messages() {
		for (int i = 0; i < this.request.messages().size(); i++) {
			String path = "messages[" + i + "]";
			switch (this.request.messages().get(i)) {
				case ChatMessage.System system -> {
					name(path, system.name());
					parts(path, system.parts());
				}
				case ChatMessage.User user -> {
					name(path, user.name());
					parts(path, user.parts());
				}
				case ChatMessage.Assistant assistant -> {
					name(path, assistant.name());
					parts(path, assistant.parts());
					for (int call = 0; call < assistant.toolCalls().size(); call++) {
						this.lacks.dropIfGiven(path + ".tool_calls[" + call + "].extra_content",
								assistant.toolCalls().get(call).signature(), MISTRAL);
					}
				}
				case ChatMessage.Tool tool -> parts(path, tool.parts());
			}
		}
	}

	private void name(String path, @Nullable String name) {
		this.lacks.dropIfGiven(path + ".name", name, MISTRAL);
	}

	private void parts(String path, List<ContentPart> parts) {
		for (int i = 0; i < parts.size(); i++) {
			String at = path + ".content[" + i + "]";
			ContentPart part = parts.get(i);
			this.lacks.dropIfGiven(at + ".cache_control", part.cacheMark(), MISTRAL);
			switch (part) {
				case ContentPart.Audio _ -> this.lacks.refuse(at + ".input_audio",
						MISTRAL + " bills audio by the minute, which is not carried: use another model");
				case ContentPart.Image image -> image(at, image);
				case ContentPart.Document document -> document(at, document.source());
				case ContentPart.Reasoning reasoning when reasoning.signature() != null ->
					this.lacks.drop(path + ".thinking_blocks",
							MISTRAL + " has no place for the proof of reasoning: its text is sent without");
				case ContentPart.HiddenReasoning _ -> this.lacks.drop(path + ".thinking_blocks",
						MISTRAL + " has no place for hidden reasoning: leave it out");
				case ContentPart.Text _, ContentPart.Refusal _, ContentPart.Reasoning _ -> {
				}
			}
		}
	}

	private void image(String at, ContentPart.Image image) {
		switch (image.source()) {
			case MediaSource.Inline inline when !IMAGES.contains(inline.mediaType()) ->
				this.lacks.refuse(at + ".image_url", MISTRAL + " reads images in PNG, JPEG, GIF and WebP");
			case MediaSource.Uploaded _ ->
				this.lacks.refuse(at + ".image_url", MISTRAL + " takes images in the request or by URL");
			case MediaSource.Inline _ -> {
			}
			case MediaSource.Remote remote -> remote(at + ".image_url", remote);
		}
	}

	private void document(String at, MediaSource source) {
		if (source instanceof MediaSource.Inline inline && !inline.mediaType().equals("application/pdf")) {
			this.lacks.refuse(at + ".file", MISTRAL + " reads documents in the request as PDF");
		}
		if (source instanceof MediaSource.Remote remote) {
			remote(at + ".file", remote);
		}
	}

	private void remote(String param, MediaSource.Remote remote) {
		if (!remote.url().toLowerCase(Locale.ROOT).startsWith("http")) {
			this.lacks.refuse(param, MISTRAL + " fetches only from http and https addresses");
		}
	}

}
