package io.exchequer.routing.provider.gemini;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.exchequer.routing.chat.CacheMark;
import io.exchequer.routing.chat.ChatMessage;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ContentPart;
import io.exchequer.routing.chat.MediaSource;
import io.exchequer.routing.chat.ReasoningWish;
import io.exchequer.routing.chat.Sampling;
import io.exchequer.routing.chat.ToolCall;
import io.exchequer.routing.chat.ToolChoice;
import io.exchequer.routing.chat.ToolDefinition;
import io.exchequer.routing.provider.translated.Lacks;
import org.jspecify.annotations.Nullable;

/**
 * What the API has no place for. A file's name is not among it: the file is read without.
 */
final class GeminiLacks {

	private static final String GEMINI = "Gemini's API";

	private static final Set<String> CARRIED = Set.of();

	private static final Set<String> EFFORTS = Set.of("minimal", "low", "medium", "high");

	private static final int CHOICES_MAX = 8;

	private static final int STOPS_MAX = 5;

	private static final int LOGPROBS_MAX = 20;

	private final ChatRequest request;

	private final boolean vertex;

	private final Lacks lacks;

	private final Set<String> calls = new HashSet<>();

	private GeminiLacks(ChatRequest request, boolean vertex, Lacks lacks) {
		this.request = request;
		this.vertex = vertex;
		this.lacks = lacks;
	}

	/** Names what a request for a model has that the API lacks. */
	static void of(ChatRequest request, boolean vertex, Lacks lacks) {
		GeminiLacks found = new GeminiLacks(request, vertex, lacks);
		found.members();
		found.tools();
		found.sampling();
		found.reasoning();
		found.messages();
		lacks.others(request, CARRIED, GEMINI);
	}

	static boolean isSeed(long seed) {
		return seed >= Integer.MIN_VALUE && seed <= Integer.MAX_VALUE;
	}

	static boolean isEffort(String effort) {
		return EFFORTS.contains(effort);
	}

	private void members() {
		if (this.request.choices() > CHOICES_MAX) {
			this.lacks.refuse("n", GEMINI + " makes at most " + CHOICES_MAX + " answers at once");
		}
		if (this.request.stop().size() > STOPS_MAX) {
			this.lacks.refuse("stop", GEMINI + " takes at most " + STOPS_MAX + " stop texts");
		}
		String tier = this.request.serviceTier();
		if (tier != null && !tier.equals("auto") && !(this.vertex && tier.equals("default"))
				&& GeminiRequest.tier(tier, this.vertex) == null) {
			this.lacks.drop("service_tier", this.vertex ? "Vertex AI has no place for 'service_tier'"
					: GEMINI + " takes 'auto', 'default', 'flex' and 'priority' as 'service_tier'");
		}
		this.lacks.dropIfGiven("user", this.request.user(), GEMINI);
	}

	private void tools() {
		ToolChoice choice = this.request.toolChoice();
		if (this.request.tools().isEmpty()
				&& (choice instanceof ToolChoice.Required || choice instanceof ToolChoice.Named)) {
			this.lacks.refuse("tool_choice", "'tool_choice' asks for a call, but there are no tools");
		}
		if (Boolean.FALSE.equals(this.request.parallelToolCalls()) && !this.request.tools().isEmpty()) {
			this.lacks.drop("parallel_tool_calls", GEMINI + " may always call several tools at once");
		}
		for (int i = 0; i < this.request.tools().size(); i++) {
			ToolDefinition tool = this.request.tools().get(i);
			if (tool.parameters() != null && !tool.parameters().isObject()) {
				this.lacks.refuse("tools[" + i + "].function.parameters", GEMINI + " takes only an object as a schema");
			}
			mark("tools[" + i + "]", tool.cacheMark());
		}
	}

	private void sampling() {
		Sampling sampling = this.request.sampling();
		if (sampling.topLogprobs() != null && sampling.topLogprobs() > LOGPROBS_MAX) {
			this.lacks.refuse("top_logprobs", GEMINI + " tells at most " + LOGPROBS_MAX + " alternatives");
		}
		if (sampling.seed() != null && !isSeed(sampling.seed())) {
			this.lacks.drop("seed", GEMINI + " takes a 'seed' of 32 bits");
		}
		if (!sampling.logitBias().isEmpty()) {
			this.lacks.drop("logit_bias", GEMINI + " has no place for 'logit_bias': leave it out");
		}
	}

	private void reasoning() {
		ReasoningWish wish = this.request.reasoning();
		if (wish == null) {
			return;
		}
		GeminiVersion version = GeminiVersion.of(this.request.model());
		String param = (wish.effort() != null) ? "reasoning_effort" : "thinking";
		if (GeminiThinking.isOff(wish)) {
			if (!version.canStopThinking()) {
				this.lacks.drop(param, "this model always thinks: leave '" + param + "' out");
			}
			return;
		}
		String effort = (wish.effort() != null) ? wish.effort().toLowerCase(Locale.ROOT) : null;
		if (!version.thinks()) {
			this.lacks.drop(param, "this model does not think: leave '" + param + "' out");
		}
		else if (effort != null && wish.budgetTokens() == null && !isEffort(effort)) {
			this.lacks.drop("reasoning_effort", GEMINI + " knows the efforts none, minimal, low, medium and high");
		}
		else if (effort != null && wish.budgetTokens() != null) {
			this.lacks.drop("reasoning_effort",
					GEMINI + " takes an effort or a budget, not both: leave 'reasoning_effort' out");
		}
	}

	private void messages() {
		boolean talking = false;
		for (int i = 0; i < this.request.messages().size(); i++) {
			String path = "messages[" + i + "]";
			switch (this.request.messages().get(i)) {
				case ChatMessage.System system -> {
					if (talking) {
						this.lacks.drop(path + ".role", GEMINI
								+ " takes what the application says before the conversation, not within it: it is moved there");
					}
					name(path, system.name());
					parts(path, system.parts());
				}
				case ChatMessage.User user -> {
					talking = true;
					name(path, user.name());
					parts(path, user.parts());
				}
				case ChatMessage.Tool tool -> {
					talking = true;
					if (!this.calls.contains(tool.toolCallId())) {
						this.lacks.refuse(path + ".tool_call_id", "the result answers no call of a message before it");
					}
					parts(path, tool.parts());
				}
				case ChatMessage.Assistant assistant -> {
					talking = true;
					name(path, assistant.name());
					parts(path, assistant.parts());
					calls(path, assistant.toolCalls());
				}
			}
		}
		if (!talking) {
			this.lacks.refuse("messages", GEMINI + " needs a message of the user");
		}
	}

	private void name(String path, @Nullable String name) {
		this.lacks.dropIfGiven(path + ".name", name, GEMINI);
	}

	private void calls(String path, List<ToolCall> calls) {
		for (int i = 0; i < calls.size(); i++) {
			this.calls.add(calls.get(i).id());
			if (Values.object(calls.get(i).arguments()) == null) {
				this.lacks.refuse(path + ".tool_calls[" + i + "].function.arguments",
						GEMINI + " takes a tool call's arguments only as a JSON object");
			}
		}
	}

	private void parts(String path, List<ContentPart> parts) {
		for (int i = 0; i < parts.size(); i++) {
			String at = path + ".content[" + i + "]";
			switch (parts.get(i)) {
				case ContentPart.Audio audio -> {
					if (MediaTypes.audio(audio.format()) == null) {
						this.lacks.refuse(at + ".input_audio",
								GEMINI + " reads audio in WAV, MP3, AIFF, AAC, OGG and FLAC");
					}
				}
				case ContentPart.Image image -> image(at, image);
				case ContentPart.Document document -> document(at, document.source());
				case ContentPart.Reasoning reasoning when reasoning.signature() == null ->
					this.lacks.drop(path + ".reasoning_content",
							GEMINI + " takes reasoning back only by its signature, in 'thinking_blocks'");
				case ContentPart.HiddenReasoning _ ->
					this.lacks.drop(path + ".thinking_blocks", GEMINI + " has no hidden reasoning: it is another's");
				case ContentPart.Text _, ContentPart.Refusal _, ContentPart.Reasoning _ -> {
				}
			}
			mark(at, parts.get(i).cacheMark());
		}
	}

	/** The API keeps every prompt for a short while by itself, but for no set time. */
	private void mark(String at, @Nullable CacheMark mark) {
		if (mark == CacheMark.ONE_HOUR) {
			this.lacks.drop(at + ".cache_control", GEMINI + " keeps prompts by itself, and for no set time");
		}
	}

	private void image(String at, ContentPart.Image image) {
		if (image.source() instanceof MediaSource.Inline inline && !MediaTypes.isImage(inline.mediaType())) {
			this.lacks.refuse(at + ".image_url", GEMINI + " reads images in PNG, JPEG, WebP, HEIC and HEIF");
		}
		elsewhere(at + ".image_url", image.source());
		if (image.detail() != null && !image.detail().equals("auto")) {
			this.lacks.drop(at + ".image_url.detail", GEMINI + " has no place for an image's 'detail'");
		}
	}

	private void document(String at, MediaSource source) {
		if (source instanceof MediaSource.Inline inline && !MediaTypes.isDocument(inline.mediaType())) {
			this.lacks.refuse(at + ".file", GEMINI + " reads documents in PDF and plain text, and sound and film");
		}
		elsewhere(at + ".file", source);
	}

	private void elsewhere(String param, MediaSource source) {
		switch (source) {
			case MediaSource.Inline _ -> {
			}
			case MediaSource.Remote remote -> {
				String url = remote.url().toLowerCase(Locale.ROOT);
				boolean fetched = url.startsWith("https://") || this.vertex && url.startsWith("gs://");
				if (!fetched) {
					this.lacks.refuse(param, this.vertex ? "Vertex AI fetches only from https and gs addresses"
							: GEMINI + " fetches only from https addresses");
				}
				else if (this.vertex && remote.mediaType() == null && MediaTypes.ofUrl(remote.url()) == null) {
					this.lacks.refuse(param,
							"Vertex AI must be told what is at an address, and its end does not tell: send the data itself");
				}
			}
			case MediaSource.Uploaded _ -> {
				if (this.vertex) {
					this.lacks.refuse(param, "Vertex AI keeps no files: use a gs address");
				}
			}
		}
	}

}
