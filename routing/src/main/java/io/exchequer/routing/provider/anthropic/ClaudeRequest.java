package io.exchequer.routing.provider.anthropic;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

import com.anthropic.core.JsonValue;
import com.anthropic.models.messages.Base64ImageSource;
import com.anthropic.models.messages.Base64PdfSource;
import com.anthropic.models.messages.CacheControlEphemeral;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.DocumentBlockParam;
import com.anthropic.models.messages.ImageBlockParam;
import com.anthropic.models.messages.JsonOutputFormat;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.MessageParam;
import com.anthropic.models.messages.Metadata;
import com.anthropic.models.messages.OutputConfig;
import com.anthropic.models.messages.PlainTextSource;
import com.anthropic.models.messages.RedactedThinkingBlockParam;
import com.anthropic.models.messages.TextBlockParam;
import com.anthropic.models.messages.ThinkingBlockParam;
import com.anthropic.models.messages.ThinkingConfigAdaptive;
import com.anthropic.models.messages.ThinkingConfigDisabled;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolChoiceAny;
import com.anthropic.models.messages.ToolChoiceAuto;
import com.anthropic.models.messages.ToolChoiceNone;
import com.anthropic.models.messages.ToolChoiceTool;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlockParam;
import io.exchequer.routing.chat.CacheMark;
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
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a request as the Messages API takes it, without what {@link ClaudeLacks} names.
 * Messages of one side that follow each other are one message there; what the application
 * says stands before all others, but for models that take it behind a user's.
 */
final class ClaudeRequest {

	/** The API must be told a limit; the platform always does. */
	private static final int OUTPUT_MAX_USUAL = 4096;

	private final ChatRequest request;

	private final MessageCreateParams.Builder params = MessageCreateParams.builder();

	private final List<TextBlockParam> system = new ArrayList<>();

	private final List<ContentBlockParam> turn = new ArrayList<>();

	private boolean assistantsTurn;

	private ClaudeRequest(ChatRequest request) {
		this.request = request;
	}

	static MessageCreateParams of(ChatRequest request) {
		return new ClaudeRequest(request).write();
	}

	private MessageCreateParams write() {
		Integer limit = this.request.maxOutput();
		this.params.model(this.request.model()).maxTokens((limit != null) ? limit : OUTPUT_MAX_USUAL);
		this.request.messages().forEach(this::message);
		endTurn();
		if (!this.system.isEmpty()) {
			this.params.systemOfTextBlockParams(this.system);
		}
		this.request.tools().forEach((tool) -> this.params.addTool(tool(tool)));
		toolChoice();
		Thinking thinking = Thinking.of(this.request);
		thinking(thinking);
		output(thinking);
		sampling(thinking);
		if (!this.request.stop().isEmpty()) {
			this.params.stopSequences(this.request.stop());
		}
		String user = user();
		if (user != null) {
			this.params.metadata(Metadata.builder().userId(user).build());
		}
		MessageCreateParams.ServiceTier tier = tier(this.request.serviceTier());
		if (tier != null) {
			this.params.serviceTier(tier);
		}
		JsonNode automaticCache = this.request.others().get("cache_control");
		if (automaticCache != null) {
			this.params.cacheControl(Values.as(Values.of(automaticCache), CacheControlEphemeral.class));
		}
		return this.params.build();
	}

	private @Nullable String user() {
		if (this.request.user() != null) {
			return this.request.user();
		}
		JsonNode metadata = this.request.others().get("metadata");
		return (metadata != null && metadata.path("user_id").isString()) ? metadata.path("user_id").asString() : null;
	}

	/** Returns the API's tier, or null where none is asked for or it has none such. */
	static MessageCreateParams.@Nullable ServiceTier tier(@Nullable String asked) {
		return switch (Objects.requireNonNullElse(asked, "")) {
			case "auto" -> MessageCreateParams.ServiceTier.AUTO;
			case "default", "standard", "standard_only" -> MessageCreateParams.ServiceTier.STANDARD_ONLY;
			default -> null;
		};
	}

	private void message(ChatMessage message) {
		switch (message) {
			case ChatMessage.System said -> {
				List<TextBlockParam> blocks = new ArrayList<>();
				for (ContentPart part : said.parts()) {
					if (part instanceof ContentPart.Text text && !text.text().isEmpty()) {
						blocks.add(text(text));
					}
				}
				system(blocks);
			}
			case ChatMessage.User user -> {
				turnOf(false);
				user.parts().forEach(this::part);
			}
			case ChatMessage.Tool tool -> {
				turnOf(false);
				this.turn.add(ContentBlockParam.ofToolResult(toolResult(tool)));
			}
			case ChatMessage.Assistant assistant -> {
				turnOf(true);
				assistant.parts().forEach(this::part);
				assistant.toolCalls().forEach((call) -> this.turn.add(ContentBlockParam.ofToolUse(toolUse(call))));
			}
		}
	}

	/** It stays where it is behind a user's turn, as far as the model takes it there. */
	private void system(List<TextBlockParam> blocks) {
		boolean within = !this.turn.isEmpty() && !this.assistantsTurn
				&& ClaudeVersion.of(this.request.model()).takesSystemWithin();
		if (!within) {
			this.system.addAll(blocks);
		}
		else if (!blocks.isEmpty()) {
			endTurn();
			this.params.addMessage(MessageParam.ofSystemOfBlocks(blocks));
		}
	}

	private void turnOf(boolean assistant) {
		if (this.assistantsTurn != assistant) {
			endTurn();
			this.assistantsTurn = assistant;
		}
	}

	private void endTurn() {
		if (this.turn.isEmpty()) {
			return;
		}
		List<ContentBlockParam> blocks = List.copyOf(this.turn);
		this.turn.clear();
		this.params.addMessage(this.assistantsTurn ? MessageParam.ofAssistantOfContentBlockParams(blocks)
				: MessageParam.ofUserOfContentBlockParams(blocks));
	}

	private void part(ContentPart part) {
		switch (part) {
			case ContentPart.Text text -> {
				// The API takes no empty text.
				if (!text.text().isEmpty()) {
					this.turn.add(ContentBlockParam.ofText(text(text)));
				}
			}
			case ContentPart.Image image -> this.turn.add(ContentBlockParam.ofImage(image(image)));
			case ContentPart.Document document -> this.turn.add(ContentBlockParam.ofDocument(document(document)));
			case ContentPart.Refusal refusal -> {
				if (!refusal.text().isEmpty()) {
					this.turn.add(ContentBlockParam.ofText(TextBlockParam.builder().text(refusal.text()).build()));
				}
			}
			case ContentPart.Reasoning reasoning -> {
				if (reasoning.signature() != null) {
					this.turn.add(ContentBlockParam.ofThinking(ThinkingBlockParam.builder()
						.thinking(reasoning.text())
						.signature(reasoning.signature())
						.build()));
				}
			}
			case ContentPart.HiddenReasoning hidden -> this.turn.add(ContentBlockParam
				.ofRedactedThinking(RedactedThinkingBlockParam.builder().data(hidden.data()).build()));
			case ContentPart.Audio _ -> throw new IllegalArgumentException("no place for audio");
		}
	}

	private static TextBlockParam text(ContentPart.Text text) {
		TextBlockParam.Builder block = TextBlockParam.builder().text(text.text());
		CacheControlEphemeral mark = mark(text.cacheMark());
		return ((mark != null) ? block.cacheControl(mark) : block).build();
	}

	private static ImageBlockParam image(ContentPart.Image image) {
		ImageBlockParam.Builder block = ImageBlockParam.builder();
		switch (image.source()) {
			case MediaSource.Inline inline -> block.source(Base64ImageSource.builder()
				.data(inline.base64())
				.mediaType(Base64ImageSource.MediaType.of(imageType(inline.mediaType())))
				.build());
			case MediaSource.Remote remote -> block.urlSource(remote.url());
			case MediaSource.Uploaded uploaded -> block.fileSource(uploaded.fileId());
		}
		CacheControlEphemeral mark = mark(image.cacheMark());
		return ((mark != null) ? block.cacheControl(mark) : block).build();
	}

	static String imageType(String mediaType) {
		return mediaType.equals("image/jpg") ? "image/jpeg" : mediaType;
	}

	private static DocumentBlockParam document(ContentPart.Document document) {
		DocumentBlockParam.Builder block = DocumentBlockParam.builder();
		switch (document.source()) {
			case MediaSource.Inline inline when inline.mediaType().startsWith("text/") ->
				block.source(PlainTextSource.builder().data(decoded(inline.base64())).build());
			case MediaSource.Inline inline -> block.source(Base64PdfSource.builder().data(inline.base64()).build());
			case MediaSource.Remote remote -> block.urlSource(remote.url());
			case MediaSource.Uploaded uploaded -> block.fileSource(uploaded.fileId());
		}
		if (document.filename() != null) {
			block.title(document.filename());
		}
		CacheControlEphemeral mark = mark(document.cacheMark());
		return ((mark != null) ? block.cacheControl(mark) : block).build();
	}

	private static String decoded(String base64) {
		return new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8);
	}

	/** A mark on the last part of a result is the result's. */
	private static ToolResultBlockParam toolResult(ChatMessage.Tool tool) {
		ToolResultBlockParam.Builder block = ToolResultBlockParam.builder().toolUseId(tool.toolCallId());
		if (tool.failed()) {
			block.isError(true);
		}
		CacheControlEphemeral mark = tool.parts().isEmpty() ? null : mark(tool.parts().getLast().cacheMark());
		if (mark != null) {
			block.cacheControl(mark);
		}
		if (tool.parts().size() == 1 && tool.parts().getFirst() instanceof ContentPart.Text text) {
			return block.content(text.text()).build();
		}
		List<ToolResultBlockParam.Content.Block> blocks = new ArrayList<>(tool.parts().size());
		for (ContentPart part : tool.parts()) {
			switch (part) {
				case ContentPart.Text text -> {
					if (!text.text().isEmpty()) {
						blocks.add(ToolResultBlockParam.Content.Block
							.ofText(TextBlockParam.builder().text(text.text()).build()));
					}
				}
				case ContentPart.Image image -> blocks.add(ToolResultBlockParam.Content.Block
					.ofImage(image(new ContentPart.Image(image.source(), image.detail(), null))));
				case ContentPart.Document document -> blocks.add(ToolResultBlockParam.Content.Block
					.ofDocument(document(new ContentPart.Document(document.source(), document.filename(), null))));
				default -> throw new IllegalArgumentException("no place for " + part.getClass().getSimpleName());
			}
		}
		return blocks.isEmpty() ? block.build() : block.contentOfBlocks(blocks).build();
	}

	private static ToolUseBlockParam toolUse(ToolCall call) {
		JsonValue input = Objects.requireNonNullElseGet(Values.object(call.arguments()),
				() -> JsonValue.from(java.util.Map.of()));
		return ToolUseBlockParam.builder()
			.id(call.id())
			.name(call.name())
			.input(Values.as(input, ToolUseBlockParam.Input.class))
			.build();
	}

	private static Tool tool(ToolDefinition definition) {
		JsonNode parameters = (definition.parameters() != null) ? definition.parameters()
				: JsonMapper.shared().createObjectNode().put("type", "object");
		Tool.Builder tool = Tool.builder()
			.name(definition.name())
			.inputSchema(Values.as(Values.of(parameters), Tool.InputSchema.class));
		if (definition.description() != null) {
			tool.description(definition.description());
		}
		if (definition.strict() != null) {
			tool.strict(definition.strict());
		}
		CacheControlEphemeral mark = mark(definition.cacheMark());
		return ((mark != null) ? tool.cacheControl(mark) : tool).build();
	}

	private static @Nullable CacheControlEphemeral mark(@Nullable CacheMark mark) {
		return (mark == null) ? null : CacheControlEphemeral.builder().ttl(switch (mark) {
			case FIVE_MINUTES -> CacheControlEphemeral.Ttl.TTL_5M;
			case ONE_HOUR -> CacheControlEphemeral.Ttl.TTL_1H;
		}).build();
	}

	private void toolChoice() {
		if (this.request.tools().isEmpty()) {
			return;
		}
		boolean single = Boolean.FALSE.equals(this.request.parallelToolCalls());
		ToolChoice choice = this.request.toolChoice();
		switch ((choice != null) ? choice : new ToolChoice.Auto()) {
			case ToolChoice.Auto _ -> {
				if (single) {
					this.params.toolChoice(ToolChoiceAuto.builder().disableParallelToolUse(true).build());
				}
				else if (choice != null) {
					this.params.toolChoice(ToolChoiceAuto.builder().build());
				}
			}
			case ToolChoice.None _ -> this.params.toolChoice(ToolChoiceNone.builder().build());
			case ToolChoice.Required _ -> {
				ToolChoiceAny.Builder any = ToolChoiceAny.builder();
				this.params.toolChoice((single ? any.disableParallelToolUse(true) : any).build());
			}
			case ToolChoice.Named(String name) -> {
				ToolChoiceTool.Builder tool = ToolChoiceTool.builder().name(name);
				this.params.toolChoice((single ? tool.disableParallelToolUse(true) : tool).build());
			}
		}
	}

	private void thinking(Thinking thinking) {
		switch (thinking.mode()) {
			case UNSAID -> {
			}
			case DISABLED -> this.params.thinking(ThinkingConfigDisabled.builder().build());
			case ADAPTIVE -> this.params
				.thinking(ThinkingConfigAdaptive.builder().display(ThinkingConfigAdaptive.Display.SUMMARIZED).build());
			case BUDGET -> this.params.enabledThinking(thinking.budgetTokens());
		}
	}

	private void output(Thinking thinking) {
		OutputConfig.Builder output = OutputConfig.builder();
		boolean any = false;
		if (thinking.effort() != null) {
			output.effort(OutputConfig.Effort.of(thinking.effort().toLowerCase(Locale.ROOT)));
			any = true;
		}
		if (this.request.responseFormat() instanceof ResponseFormat.JsonSchema schema) {
			output.format(JsonOutputFormat.builder()
				.schema(Values.as(Values.of(schema.schema()), JsonOutputFormat.Schema.class))
				.build());
			any = true;
		}
		if (any) {
			this.params.outputConfig(output.build());
		}
	}

	private void sampling(Thinking thinking) {
		Sampling sampling = this.request.sampling();
		if (!ClaudeLacks.takesSampling(this.request, thinking)) {
			return;
		}
		if (sampling.temperature() != null && !ClaudeLacks.isTooHot(sampling.temperature())) {
			this.params.putAdditionalBodyProperty("temperature", JsonValue.from(sampling.temperature()));
		}
		if (sampling.topP() != null) {
			this.params.putAdditionalBodyProperty("top_p", JsonValue.from(sampling.topP()));
		}
		if (sampling.topK() != null) {
			this.params.putAdditionalBodyProperty("top_k", JsonValue.from(sampling.topK()));
		}
	}

}
