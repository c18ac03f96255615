package io.exchequer.gateway.dialect.anthropic;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import io.exchequer.gateway.dialect.Members;
import io.exchequer.routing.chat.CacheMark;
import io.exchequer.routing.chat.ChatMessage;
import io.exchequer.routing.chat.ContentPart;
import io.exchequer.routing.chat.ToolDefinition;
import io.exchequer.routing.wire.InvalidRequestException;

/**
 * Reads {@code cache_control} and puts marks where they belong.
 */
final class CacheMarks {

	private CacheMarks() {
	}

	/** Takes an object's mark, or null where it has none. */
	static @Nullable CacheMark take(Members object) throws InvalidRequestException {
		Members mark = object.object("cache_control");
		if (mark == null) {
			return null;
		}
		if (!mark.requiredText("type").equals("ephemeral")) {
			throw Members.invalidValue(mark.path("type"), "must be 'ephemeral'");
		}
		CacheMark read = switch (Objects.requireNonNullElse(mark.text("ttl"), "5m")) {
			case "5m" -> CacheMark.FIVE_MINUTES;
			case "1h" -> CacheMark.ONE_HOUR;
			default -> throw Members.invalidValue(mark.path("ttl"), "must be '5m' or '1h'");
		};
		if (!mark.rest().isEmpty()) {
			throw Members.invalidValue(mark.path(mark.rest().getFirst()), "is not a member of a cache mark");
		}
		return read;
	}

	/** Returns whether a part can carry a mark. */
	static boolean canMark(ContentPart part) {
		return switch (part) {
			case ContentPart.Text text -> !text.text().isEmpty();
			case ContentPart.Image _, ContentPart.Audio _, ContentPart.Document _ -> true;
			case ContentPart.Refusal _, ContentPart.Reasoning _, ContentPart.HiddenReasoning _ -> false;
		};
	}

	/** Returns a part that can carry a mark with it. */
	static ContentPart marked(ContentPart part, CacheMark mark) {
		return switch (part) {
			case ContentPart.Text text -> new ContentPart.Text(text.text(), mark);
			case ContentPart.Image image -> new ContentPart.Image(image.source(), image.detail(), mark);
			case ContentPart.Audio audio -> new ContentPart.Audio(audio.source(), audio.format(), mark);
			case ContentPart.Document document ->
				new ContentPart.Document(document.source(), document.filename(), mark);
			case ContentPart.Refusal _, ContentPart.Reasoning _, ContentPart.HiddenReasoning _ -> part;
		};
	}

	/**
	 * Marks the last part that can be, whatever mark it has: of the messages, else the
	 * last tool.
	 */
	static void markLast(List<ChatMessage> messages, List<ToolDefinition> tools, CacheMark mark) {
		for (int i = messages.size() - 1; i >= 0; i--) {
			ChatMessage message = messages.get(i);
			List<ContentPart> parts = new ArrayList<>(parts(message));
			for (int j = parts.size() - 1; j >= 0; j--) {
				if (canMark(parts.get(j))) {
					parts.set(j, marked(parts.get(j), mark));
					messages.set(i, with(message, List.copyOf(parts)));
					return;
				}
			}
		}
		if (!tools.isEmpty()) {
			ToolDefinition last = tools.removeLast();
			tools.add(new ToolDefinition(last.name(), last.description(), last.parameters(), last.strict(), mark));
		}
	}

	private static List<ContentPart> parts(ChatMessage message) {
		return switch (message) {
			case ChatMessage.System system -> system.parts();
			case ChatMessage.User user -> user.parts();
			case ChatMessage.Assistant assistant -> assistant.parts();
			case ChatMessage.Tool tool -> tool.parts();
		};
	}

	private static ChatMessage with(ChatMessage message, List<ContentPart> parts) {
		return switch (message) {
			case ChatMessage.System system -> new ChatMessage.System(system.developer(), parts, system.name());
			case ChatMessage.User user -> new ChatMessage.User(parts, user.name());
			case ChatMessage.Assistant assistant ->
				new ChatMessage.Assistant(parts, assistant.toolCalls(), assistant.name());
			case ChatMessage.Tool tool -> new ChatMessage.Tool(tool.toolCallId(), parts, tool.failed());
		};
	}

}
