package io.exchequer.routing.provider.gemini;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

import com.google.genai.types.Blob;
import com.google.genai.types.Content;
import com.google.genai.types.FileData;
import com.google.genai.types.FunctionCall;
import com.google.genai.types.FunctionCallingConfig;
import com.google.genai.types.FunctionDeclaration;
import com.google.genai.types.FunctionResponse;
import com.google.genai.types.FunctionResponseBlob;
import com.google.genai.types.FunctionResponsePart;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.Part;
import com.google.genai.types.ThinkingConfig;
import com.google.genai.types.Tool;
import com.google.genai.types.ToolConfig;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.chat.ChatMessage;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ContentPart;
import io.exchequer.routing.chat.MediaSource;
import io.exchequer.routing.chat.ResponseFormat;
import io.exchequer.routing.chat.Sampling;
import io.exchequer.routing.chat.ToolCall;
import io.exchequer.routing.chat.ToolChoice;
import io.exchequer.routing.chat.ToolDefinition;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Writes a request as the API takes it, without what {@link GeminiLacks} names. Messages
 * of one side that follow each other are one content there; what the application says
 * stands before all others; a tool's result names the tool, not the call alone.
 */
final class GeminiRequest {

	private static final String USER = "user";

	private static final String MODEL = "model";

	/** The user's too on the wire, but apart from what the user says. */
	private static final String RESULTS = "results";

	private final ChatRequest request;

	private final GenerateContentConfig.Builder config = GenerateContentConfig.builder();

	private final List<Content> contents = new ArrayList<>();

	private final List<Part> system = new ArrayList<>();

	private final List<Part> turn = new ArrayList<>();

	private final Map<String, String> toolNames = new HashMap<>();

	private String side = USER;

	private GeminiRequest(ChatRequest request) {
		this.request = request;
	}

	/**
	 * Writes a request.
	 * @param vertex whether it goes to Vertex AI
	 * @throws UpstreamFailure if its data is not what it says it is
	 */
	static Params of(ChatRequest request, boolean vertex) throws UpstreamFailure {
		return new GeminiRequest(request).write(vertex);
	}

	private Params write(boolean vertex) throws UpstreamFailure {
		for (int i = 0; i < this.request.messages().size(); i++) {
			message(this.request.messages().get(i), "messages[" + i + "]");
		}
		endTurn();
		// Without this the SDK asks again, unseen, where an answer pauses or breaks off.
		this.config.automaticContinuation(false);
		if (!this.system.isEmpty()) {
			this.config.systemInstruction(Content.builder().parts(this.system).build());
		}
		tools();
		sampling();
		thinking();
		format();
		if (this.request.maxOutput() != null) {
			this.config.maxOutputTokens(this.request.maxOutput());
		}
		if (this.request.choices() > 1) {
			this.config.candidateCount(this.request.choices());
		}
		if (!this.request.stop().isEmpty()) {
			this.config.stopSequences(this.request.stop());
		}
		String tier = tier(this.request.serviceTier(), vertex);
		if (tier != null) {
			this.config.serviceTier(tier);
		}
		return new Params(List.copyOf(this.contents), this.config.build());
	}

	/** Returns the API's tier, or null where none is asked for or it has none such. */
	static @Nullable String tier(@Nullable String asked, boolean vertex) {
		return vertex ? null : switch (Objects.requireNonNullElse(asked, "")) {
			case "default", "standard" -> "standard";
			case "flex" -> "flex";
			case "priority" -> "priority";
			default -> null;
		};
	}

	private void message(ChatMessage message, String path) throws UpstreamFailure {
		switch (message) {
			case ChatMessage.System said -> {
				for (ContentPart part : said.parts()) {
					if (part instanceof ContentPart.Text text && !text.text().isEmpty()) {
						this.system.add(Part.fromText(text.text()));
					}
				}
			}
			case ChatMessage.User user -> {
				turnOf(USER);
				for (int i = 0; i < user.parts().size(); i++) {
					part(user.parts().get(i), path + ".content[" + i + "]");
				}
			}
			case ChatMessage.Tool tool -> {
				turnOf(RESULTS);
				result(tool, path);
			}
			case ChatMessage.Assistant assistant -> {
				turnOf(MODEL);
				assistant(assistant, path);
			}
		}
	}

	private void turnOf(String asked) {
		if (!this.side.equals(asked)) {
			endTurn();
			this.side = asked;
		}
	}

	private void endTurn() {
		if (!this.turn.isEmpty()) {
			this.contents.add(Content.builder()
				.role(this.side.equals(MODEL) ? MODEL : USER)
				.parts(List.copyOf(this.turn))
				.build());
			this.turn.clear();
		}
	}

	/** A proof of the reasoning goes back on the last text, which it came with. */
	private void assistant(ChatMessage.Assistant said, String path) throws UpstreamFailure {
		byte[] proof = null;
		int lastText = -1;
		for (int i = 0; i < said.parts().size(); i++) {
			ContentPart part = said.parts().get(i);
			if (part instanceof ContentPart.Reasoning reasoning && reasoning.signature() != null) {
				proof = proof(reasoning.signature(), path + ".thinking_blocks");
			}
			lastText = (part instanceof ContentPart.Text text && !text.text().isEmpty()) ? i : lastText;
		}
		if (lastText < 0 && proof != null) {
			this.turn.add(Part.builder().text("").thoughtSignature(proof).build());
		}
		for (int i = 0; i < said.parts().size(); i++) {
			if (i == lastText && proof != null) {
				String text = ((ContentPart.Text) said.parts().get(i)).text();
				this.turn.add(Part.builder().text(text).thoughtSignature(proof).build());
			}
			else {
				part(said.parts().get(i), path + ".content[" + i + "]");
			}
		}
		for (int i = 0; i < said.toolCalls().size(); i++) {
			call(said.toolCalls().get(i), path + ".tool_calls[" + i + "]");
		}
	}

	private void call(ToolCall call, String path) throws UpstreamFailure {
		this.toolNames.put(call.id(), call.name());
		FunctionCall.Builder function = FunctionCall.builder()
			.name(call.name())
			.args(Objects.requireNonNullElse(Values.object(call.arguments()), Map.of()));
		if (!CallIds.isMade(call.id())) {
			function.id(call.id());
		}
		Part.Builder part = Part.builder().functionCall(function.build());
		if (call.signature() != null) {
			part.thoughtSignature(proof(call.signature(), path + ".extra_content.google.thought_signature"));
		}
		this.turn.add(part.build());
	}

	private void result(ChatMessage.Tool tool, String path) throws UpstreamFailure {
		StringBuilder text = new StringBuilder();
		List<FunctionResponsePart> inside = new ArrayList<>(0);
		List<Part> beside = new ArrayList<>(0);
		for (int i = 0; i < tool.parts().size(); i++) {
			String at = path + ".content[" + i + "]";
			switch (tool.parts().get(i)) {
				case ContentPart.Text said -> text.append(said.text());
				case ContentPart.Image image when image.source() instanceof MediaSource.Inline inline
						&& GeminiVersion.of(this.request.model()).takesResultParts() ->
					inside.add(FunctionResponsePart.builder()
						.inlineData(FunctionResponseBlob.builder()
							.mimeType(MediaTypes.image(inline.mediaType()))
							.data(data(inline, at))
							.build())
						.build());
				case ContentPart.Image image -> beside.add(media(image.source(), at + ".image_url"));
				case ContentPart.Document document -> beside.add(media(document.source(), at + ".file"));
				default -> throw new IllegalArgumentException("no place for a part of a tool's result");
			}
		}
		FunctionResponse.Builder response = FunctionResponse.builder()
			.name(Objects.requireNonNullElse(this.toolNames.get(tool.toolCallId()), ""))
			.response(tool.failed() ? Map.of("error", text.toString()) : Map.of("output", output(text.toString())));
		if (!CallIds.isMade(tool.toolCallId())) {
			response.id(tool.toolCallId());
		}
		if (!inside.isEmpty()) {
			response.parts(inside);
		}
		this.turn.add(Part.builder().functionResponse(response.build()).build());
		this.turn.addAll(beside);
	}

	/** A result that is an object or an array is told as one, everything else as text. */
	private static Object output(String text) {
		JsonNode tree = (text.startsWith("{") || text.startsWith("[")) ? Values.tree(text) : null;
		Object plain = (tree != null && tree.isContainer()) ? Values.plain(tree) : null;
		return (plain != null) ? plain : text;
	}

	private void part(ContentPart part, String path) throws UpstreamFailure {
		switch (part) {
			case ContentPart.Text text -> text(text.text());
			case ContentPart.Refusal refusal -> text(refusal.text());
			case ContentPart.Image image -> this.turn.add(media(image.source(), path + ".image_url"));
			case ContentPart.Document document -> this.turn.add(media(document.source(), path + ".file"));
			case ContentPart.Audio audio -> {
				String type = Objects.requireNonNullElse(MediaTypes.audio(audio.format()), "audio/" + audio.format());
				this.turn.add((audio.source() instanceof MediaSource.Inline inline)
						? inline(new MediaSource.Inline(type, inline.base64()), path + ".input_audio")
						: media(audio.source(), path + ".input_audio"));
			}
			case ContentPart.Reasoning _, ContentPart.HiddenReasoning _ -> {
				// What was shown of the thoughts is not read again.
			}
		}
	}

	private void text(String text) {
		// The API takes no empty text.
		if (!text.isEmpty()) {
			this.turn.add(Part.fromText(text));
		}
	}

	private static Part media(MediaSource source, String path) throws UpstreamFailure {
		return switch (source) {
			case MediaSource.Inline inline ->
				inline(new MediaSource.Inline(MediaTypes.image(inline.mediaType()), inline.base64()), path);
			case MediaSource.Remote remote ->
				file(remote.url(), (remote.mediaType() != null) ? remote.mediaType() : MediaTypes.ofUrl(remote.url()));
			case MediaSource.Uploaded uploaded -> file(uploaded.fileId(), null);
		};
	}

	private static Part file(String uri, @Nullable String type) {
		FileData.Builder file = FileData.builder().fileUri(uri);
		return Part.builder().fileData(((type != null) ? file.mimeType(type) : file).build()).build();
	}

	private static Part inline(MediaSource.Inline inline, String path) throws UpstreamFailure {
		return Part.builder()
			.inlineData(Blob.builder().mimeType(inline.mediaType()).data(data(inline, path)).build())
			.build();
	}

	private static byte[] data(MediaSource.Inline inline, String path) throws UpstreamFailure {
		try {
			return Base64.getDecoder().decode(inline.base64());
		}
		catch (IllegalArgumentException ex) {
			throw UpstreamFailure.callersFault("'" + path + "' has data that is not base64", path);
		}
	}

	/** Proofs come in one alphabet of base64 and are taken in both. */
	private static byte[] proof(String signature, String path) throws UpstreamFailure {
		try {
			return Base64.getDecoder().decode(signature.replace('-', '+').replace('_', '/'));
		}
		catch (IllegalArgumentException ex) {
			throw UpstreamFailure
				.callersFault("'" + path + "' has a signature that is not this provider's: leave it out", path);
		}
	}

	private void tools() {
		if (this.request.tools().isEmpty()) {
			return;
		}
		List<FunctionDeclaration> functions = new ArrayList<>(this.request.tools().size());
		boolean strict = false;
		for (ToolDefinition tool : this.request.tools()) {
			FunctionDeclaration.Builder function = FunctionDeclaration.builder().name(tool.name());
			if (tool.description() != null) {
				function.description(tool.description());
			}
			Object schema = (tool.parameters() != null) ? Values.plain(tool.parameters()) : null;
			if (schema != null) {
				function.parametersJsonSchema(schema);
			}
			strict |= Boolean.TRUE.equals(tool.strict());
			functions.add(function.build());
		}
		this.config.tools(Tool.builder().functionDeclarations(functions).build());
		FunctionCallingConfig.Builder calling = FunctionCallingConfig.builder();
		switch (this.request.toolChoice()) {
			case null -> calling.mode(strict ? "VALIDATED" : "AUTO");
			case ToolChoice.Auto _ -> calling.mode(strict ? "VALIDATED" : "AUTO");
			case ToolChoice.None _ -> calling.mode("NONE");
			case ToolChoice.Required _ -> calling.mode("ANY");
			case ToolChoice.Named(String name) -> calling.mode("ANY").allowedFunctionNames(name);
		}
		if (this.request.toolChoice() != null || strict) {
			this.config.toolConfig(ToolConfig.builder().functionCallingConfig(calling.build()).build());
		}
	}

	private void sampling() {
		Sampling sampling = this.request.sampling();
		if (sampling.temperature() != null) {
			this.config.temperature(sampling.temperature().floatValue());
		}
		if (sampling.topP() != null) {
			this.config.topP(sampling.topP().floatValue());
		}
		if (sampling.topK() != null) {
			this.config.topK(sampling.topK().floatValue());
		}
		if (sampling.seed() != null && GeminiLacks.isSeed(sampling.seed())) {
			this.config.seed(sampling.seed().intValue());
		}
		if (isSet(sampling.frequencyPenalty())) {
			this.config.frequencyPenalty(Objects.requireNonNull(sampling.frequencyPenalty()).floatValue());
		}
		if (isSet(sampling.presencePenalty())) {
			this.config.presencePenalty(Objects.requireNonNull(sampling.presencePenalty()).floatValue());
		}
		if (sampling.topLogprobs() != null) {
			this.config.responseLogprobs(true);
			if (sampling.topLogprobs() > 0) {
				this.config.logprobs(sampling.topLogprobs());
			}
		}
	}

	/** Models that know no penalties refuse even those of zero. */
	private static boolean isSet(@Nullable BigDecimal penalty) {
		return penalty != null && penalty.signum() != 0;
	}

	private void thinking() {
		GeminiThinking thinking = GeminiThinking.of(this.request);
		if (!thinking.isSaid()) {
			return;
		}
		ThinkingConfig.Builder told = ThinkingConfig.builder();
		if (thinking.show() != null) {
			told.includeThoughts(thinking.show());
		}
		if (thinking.budgetTokens() != null) {
			told.thinkingBudget(thinking.budgetTokens());
		}
		if (thinking.level() != null && GeminiLacks.isEffort(thinking.level().toLowerCase(Locale.ROOT))) {
			told.thinkingLevel(thinking.level());
		}
		this.config.thinkingConfig(told.build());
	}

	private void format() {
		switch (this.request.responseFormat()) {
			case ResponseFormat.Text _ -> {
			}
			case ResponseFormat.JsonObject _ -> this.config.responseMimeType("application/json");
			case ResponseFormat.JsonSchema schema -> {
				this.config.responseMimeType("application/json");
				Object plain = Values.plain(schema.schema());
				if (plain != null) {
					this.config.responseJsonSchema(plain);
				}
			}
		}
	}

	/**
	 * A request in the SDK's values.
	 *
	 * @param contents the conversation
	 * @param config everything else
	 */
	record Params(List<Content> contents, GenerateContentConfig config) {
	}

}
