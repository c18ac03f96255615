package io.exchequer.routing.chat;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation.
 */
public sealed interface ChatMessage {

	/**
	 * What the application tells the model.
	 *
	 * @param developer whether it was sent under the role {@code developer}
	 * @param parts texts
	 */
	record System(boolean developer, List<ContentPart> parts, @Nullable String name) implements ChatMessage {
	}

	/**
	 * What the user says.
	 *
	 * @param name the participant's name, or null
	 */
	record User(List<ContentPart> parts, @Nullable String name) implements ChatMessage {
	}

	/**
	 * What the model said before.
	 *
	 * @param parts in the order in which the model wrote them; reasoning comes first
	 * @param toolCalls the tools it called, perhaps none
	 */
	record Assistant(List<ContentPart> parts, List<ToolCall> toolCalls, @Nullable String name) implements ChatMessage {
	}

	/**
	 * What a tool answered.
	 *
	 * @param toolCallId the call it answers
	 * @param failed whether the tool says that it failed
	 */
	record Tool(String toolCallId, List<ContentPart> parts, boolean failed) implements ChatMessage {
	}

}
