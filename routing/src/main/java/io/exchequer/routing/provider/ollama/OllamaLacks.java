package io.exchequer.routing.provider.ollama;

import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.exchequer.routing.chat.ChatMessage;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ContentPart;
import io.exchequer.routing.chat.MediaSource;
import io.exchequer.routing.chat.ReasoningWish;
import io.exchequer.routing.chat.ToolCall;
import io.exchequer.routing.chat.ToolChoice;
import io.exchequer.routing.chat.ToolDefinition;
import io.exchequer.routing.provider.translated.Lacks;
import org.jspecify.annotations.Nullable;

/**
 * What Ollama's chat has no place for.
 */
final class OllamaLacks {

	/** How much a model may be told to think; some take it only for a yes. */
	static final Set<String> EFFORTS = Set.of("low", "medium", "high");

	private static final String OLLAMA = "Ollama's API";

	private static final Set<String> IMAGES = Set.of("image/png", "image/jpeg", "image/jpg", "image/webp");

	private static final Set<String> TIERS = Set.of("auto", "default");

	private final ChatRequest request;

	private final Lacks lacks;

	private OllamaLacks(ChatRequest request, Lacks lacks) {
		this.request = request;
		this.lacks = lacks;
	}

	/** Names what a request has that the API lacks. */
	static void of(ChatRequest request, Lacks lacks) {
		OllamaLacks found = new OllamaLacks(request, lacks);
		found.members();
		found.reasoning();
		found.tools();
		found.messages();
		lacks.others(request, OllamaRequest.CARRIED.keySet(), OLLAMA);
	}

	private void members() {
		if (this.request.choices() > 1) {
			this.lacks.refuse("n", OLLAMA + " makes one answer at a time: send 'n' requests, or use another model");
		}
		if (!this.request.sampling().logitBias().isEmpty()) {
			this.lacks.drop("logit_bias", OLLAMA + " has no place for 'logit_bias': leave it out");
		}
		this.lacks.dropIfGiven("user", this.request.user(), OLLAMA);
		if (this.request.serviceTier() != null && !TIERS.contains(this.request.serviceTier())) {
			this.lacks.drop("service_tier", OLLAMA + " takes 'auto' and 'default' as 'service_tier'");
		}
	}

	private void reasoning() {
		ReasoningWish wish = this.request.reasoning();
		if (wish == null) {
			return;
		}
		this.lacks.dropIfGiven("thinking.budget_tokens", wish.budgetTokens(), OLLAMA);
		if (wish.effort() != null && !wish.effort().equals("none") && !EFFORTS.contains(wish.effort())) {
			this.lacks.drop("reasoning_effort",
					OLLAMA + " knows the efforts none, low, medium and high; others only switch reasoning on");
		}
	}

	private void tools() {
		ToolChoice choice = this.request.toolChoice();
		if (choice instanceof ToolChoice.Required || choice instanceof ToolChoice.Named) {
			this.lacks.refuse("tool_choice",
					OLLAMA + " cannot be made to call a tool: use 'auto' or 'none', or another model");
		}
		if (Boolean.FALSE.equals(this.request.parallelToolCalls())) {
			this.lacks.drop("parallel_tool_calls", OLLAMA + " cannot keep a model from calling several tools at once");
		}
		for (int i = 0; i < this.request.tools().size(); i++) {
			ToolDefinition tool = this.request.tools().get(i);
			String path = "tools[" + i + "]";
			if (Boolean.TRUE.equals(tool.strict())) {
				this.lacks.drop(path + ".function.strict",
						OLLAMA + " does not hold a tool's arguments to their schema");
			}
			this.lacks.dropIfGiven(path + ".cache_control", tool.cacheMark(), OLLAMA);
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
					calls(path, assistant.toolCalls());
				}
				case ChatMessage.Tool tool -> parts(path, tool.parts());
			}
		}
	}

	private void name(String path, @Nullable String name) {
		this.lacks.dropIfGiven(path + ".name", name, OLLAMA);
	}

	private void calls(String path, List<ToolCall> calls) {
		for (int i = 0; i < calls.size(); i++) {
			String at = path + ".tool_calls[" + i + "]";
			if (OllamaRequest.arguments(calls.get(i).arguments()) == null) {
				this.lacks.refuse(at + ".function.arguments",
						OLLAMA + " takes a tool call's arguments only as a JSON object");
			}
			this.lacks.dropIfGiven(at + ".extra_content", calls.get(i).signature(), OLLAMA);
		}
	}

	private void parts(String path, List<ContentPart> parts) {
		for (int i = 0; i < parts.size(); i++) {
			String at = path + ".content[" + i + "]";
			ContentPart part = parts.get(i);
			this.lacks.dropIfGiven(at + ".cache_control", part.cacheMark(), OLLAMA);
			switch (part) {
				case ContentPart.Audio _ ->
					this.lacks.refuse(at + ".input_audio", OLLAMA + " has no place for audio: use another model");
				case ContentPart.Document _ ->
					this.lacks.refuse(at + ".file", OLLAMA + " has no place for documents: send their text");
				case ContentPart.Image image -> image(at, image);
				case ContentPart.Reasoning reasoning when reasoning.signature() != null ->
					this.lacks.drop(path + ".thinking_blocks",
							OLLAMA + " has no place for the proof of reasoning: its text is sent without");
				case ContentPart.HiddenReasoning _ -> this.lacks.drop(path + ".thinking_blocks",
						OLLAMA + " has no place for hidden reasoning: leave it out");
				case ContentPart.Text _, ContentPart.Refusal _, ContentPart.Reasoning _ -> {
				}
			}
		}
	}

	private void image(String at, ContentPart.Image image) {
		if (!(image.source() instanceof MediaSource.Inline inline)) {
			this.lacks.refuse(at + ".image_url", OLLAMA + " fetches nothing: send the image in the request");
		}
		else if (!IMAGES.contains(inline.mediaType().toLowerCase(Locale.ROOT))) {
			this.lacks.refuse(at + ".image_url", OLLAMA + " reads images in PNG, JPEG and WebP");
		}
		if (image.detail() != null && !image.detail().equals("auto")) {
			this.lacks.drop(at + ".image_url.detail", OLLAMA + " has no place for an image's 'detail'");
		}
	}

}
