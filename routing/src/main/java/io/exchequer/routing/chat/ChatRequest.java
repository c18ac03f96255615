package io.exchequer.routing.chat;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A chat request as every client dialect gives it and every translated provider takes it.
 *
 * @param model the name the provider knows; in a client's request, the name it asked for
 * @param messages at least one
 * @param tools the tools offered, perhaps none
 * @param toolChoice which may be called, or null where the client does not say
 * @param parallelToolCalls whether several may be called at once, or null where the
 * client does not say
 * @param responseFormat what the answer is held to
 * @param maxOutput the most tokens of output, reasoning included, or null
 * @param choices how many answers, at least 1
 * @param stop texts that end the answer, perhaps none
 * @param reasoning how much to think, or null where the client does not say
 * @param stream whether a stream is asked for
 * @param user the client's identifier of its end user, or null
 * @param serviceTier the tier asked for, or null
 * @param others every further member of the request by its name, as it came: a provider
 * carries those it knows and names the others in {@link Uncarried}
 * @param unread the paths of what stands within messages, tools and other members and has
 * no place here, such as {@code messages[1].content[0]} or {@code tools[2]}; it is left
 * out, so no provider carries it
 */
public record ChatRequest(String model, List<ChatMessage> messages, List<ToolDefinition> tools,
		@Nullable ToolChoice toolChoice, @Nullable Boolean parallelToolCalls, ResponseFormat responseFormat,
		Sampling sampling, @Nullable Integer maxOutput, int choices, List<String> stop,
		@Nullable ReasoningWish reasoning, boolean stream, @Nullable String user, @Nullable String serviceTier,
		Map<String, JsonNode> others, List<String> unread) {

	/** Returns this request with another model's name. */
	public ChatRequest withModel(String name) {
		return new ChatRequest(name, this.messages, this.tools, this.toolChoice, this.parallelToolCalls,
				this.responseFormat, this.sampling, this.maxOutput, this.choices, this.stop, this.reasoning,
				this.stream, this.user, this.serviceTier, this.others, this.unread);
	}

}
