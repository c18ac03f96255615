package io.exchequer.routing.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

import io.exchequer.routing.wire.InvalidRequestException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads {@code messages}. Used by one thread, for one request.
 */
final class MessageReader {

	/** Members of an answer that clients give back and no model reads. */
	private static final Set<String> ECHOES = Set.of("annotations", "index", "parsed", "finish_reason",
			"provider_specific_fields", "reasoning");

	private final List<String> unread;

	MessageReader(List<String> unread) {
		this.unread = unread;
	}

	List<ChatMessage> read(@Nullable JsonNode messages) throws InvalidRequestException {
		if (messages == null || !messages.isArray() || messages.isEmpty()) {
			throw Members.wrong("messages", "must be an array of at least one message");
		}
		List<ChatMessage> result = new ArrayList<>(messages.size());
		for (int i = 0; i < messages.size(); i++) {
			String path = "messages[" + i + "]";
			Members members = new Members(messages.get(i), path);
			ChatMessage message = message(members, path);
			if (message == null) {
				this.unread.add(path);
				continue;
			}
			result.add(message);
			for (String name : members.rest().keySet()) {
				if (!ECHOES.contains(name) && !isEmpty(members.rest().get(name))) {
					this.unread.add(path + "." + name);
				}
			}
		}
		return List.copyOf(result);
	}

	private static boolean isEmpty(@Nullable JsonNode value) {
		return value == null || value.isContainer() && value.isEmpty();
	}

	private @Nullable ChatMessage message(Members members, String path) throws InvalidRequestException {
		String role = members.requiredText("role");
		return switch (role) {
			case "system", "developer" ->
				new ChatMessage.System(role.equals("developer"), content(members), members.text("name"));
			case "user" -> new ChatMessage.User(content(members), members.text("name"));
			case "assistant" -> assistant(members);
			case "tool" -> tool(members);
			case "function" -> null;
			default ->
				throw Members.wrong(path + ".role", "must be system, developer, user, assistant, tool or function");
		};
	}

	private ChatMessage tool(Members members) throws InvalidRequestException {
		members.take("name");
		return new ChatMessage.Tool(members.requiredText("tool_call_id"), content(members),
				Boolean.TRUE.equals(members.flag("is_error")));
	}

	private ChatMessage assistant(Members members) throws InvalidRequestException {
		List<ContentPart> parts = new ArrayList<>();
		reasoning(members, parts);
		parts.addAll(content(members));
		String refusal = members.text("refusal");
		if (refusal != null) {
			parts.add(new ContentPart.Refusal(refusal));
		}
		return new ChatMessage.Assistant(List.copyOf(parts), toolCalls(members), members.text("name"));
	}

	/** Blocks go before the plain text, of which they are the parts that are proven. */
	private void reasoning(Members members, List<ContentPart> parts) throws InvalidRequestException {
		JsonNode blocks = members.take(Wire.THINKING_BLOCKS);
		String plain = members.text(Wire.REASONING_CONTENT);
		StringBuilder shown = new StringBuilder();
		if (blocks != null) {
			if (!blocks.isArray()) {
				throw Members.wrong(members.path(Wire.THINKING_BLOCKS), "must be an array");
			}
			for (int i = 0; i < blocks.size(); i++) {
				ContentPart block = block(
						new Members(blocks.get(i), members.path(Wire.THINKING_BLOCKS) + "[" + i + "]"));
				parts.add(block);
				if (block instanceof ContentPart.Reasoning reasoning) {
					shown.append(reasoning.text());
				}
			}
		}
		if (plain != null && !plain.isEmpty() && !plain.contentEquals(shown)) {
			String more = plain.startsWith(shown.toString()) ? plain.substring(shown.length()) : plain;
			parts.add(new ContentPart.Reasoning(more, null));
		}
	}

	private static ContentPart block(Members members) throws InvalidRequestException {
		String type = members.requiredText("type");
		return switch (type) {
			case "thinking" -> new ContentPart.Reasoning(Objects.requireNonNullElse(members.text("thinking"), ""),
					members.text("signature"));
			case "redacted_thinking" -> new ContentPart.HiddenReasoning(members.requiredText("data"));
			default -> throw Members.wrong(members.path("type"), "must be 'thinking' or 'redacted_thinking'");
		};
	}

	private List<ToolCall> toolCalls(Members members) throws InvalidRequestException {
		String path = members.path(Wire.TOOL_CALLS);
		JsonNode calls = members.take(Wire.TOOL_CALLS);
		if (calls == null) {
			return List.of();
		}
		if (!calls.isArray()) {
			throw Members.wrong(path, "must be an array");
		}
		List<ToolCall> result = new ArrayList<>(calls.size());
		for (int i = 0; i < calls.size(); i++) {
			String at = path + "[" + i + "]";
			Members call = new Members(calls.get(i), at);
			String type = call.text("type");
			if (type != null && !type.equals("function")) {
				this.unread.add(at);
				continue;
			}
			Members function = call.requiredObject("function");
			String id = call.requiredText("id");
			String name = function.requiredText("name");
			String arguments = Objects.requireNonNullElse(function.text("arguments"), "");
			result.add(new ToolCall(id, name, arguments, signature(call.take(Wire.EXTRA_CONTENT))));
			unread(function);
			call.take("index");
			unread(call);
		}
		return List.copyOf(result);
	}

	static @Nullable String signature(@Nullable JsonNode extra) {
		JsonNode signature = (extra != null) ? extra.path(Wire.GOOGLE).path(Wire.THOUGHT_SIGNATURE) : null;
		return (signature != null && signature.isString()) ? signature.asString() : null;
	}

	private List<ContentPart> content(Members message) throws InvalidRequestException {
		String path = message.path("content");
		JsonNode content = message.take("content");
		if (content == null) {
			return List.of();
		}
		if (content.isString()) {
			return List.of(new ContentPart.Text(content.asString()));
		}
		if (!content.isArray()) {
			throw Members.wrong(path, "must be a string or an array of parts");
		}
		List<ContentPart> parts = new ArrayList<>(content.size());
		for (int i = 0; i < content.size(); i++) {
			String at = path + "[" + i + "]";
			Members part = new Members(content.get(i), at);
			ContentPart read = part(part, part.cacheMark());
			if (read == null) {
				this.unread.add(at);
				continue;
			}
			parts.add(read);
			part.rest()
				.keySet()
				.stream()
				.filter((name) -> !ECHOES.contains(name))
				.forEach((name) -> this.unread.add(at + "." + name));
		}
		return List.copyOf(parts);
	}

	private @Nullable ContentPart part(Members part, @Nullable CacheMark mark) throws InvalidRequestException {
		return switch (part.requiredText("type")) {
			case "text" -> new ContentPart.Text(part.requiredText("text"), mark);
			case "refusal" -> new ContentPart.Refusal(part.requiredText("refusal"));
			case "image_url" -> image(part, mark);
			case "input_audio" -> {
				Members audio = part.requiredObject("input_audio");
				String format = audio.requiredText("format");
				String data = audio.requiredText("data");
				unread(audio);
				yield new ContentPart.Audio(new MediaSource.Inline("audio/" + format, data), format, mark);
			}
			case "file" -> document(part.requiredObject("file"), mark);
			default -> null;
		};
	}

	private void unread(Members members) {
		members.rest().keySet().forEach((name) -> this.unread.add(members.path(name)));
	}

	private ContentPart image(Members part, @Nullable CacheMark mark) throws InvalidRequestException {
		JsonNode value = part.take("image_url");
		if (value != null && value.isString()) {
			return new ContentPart.Image(source(value.asString(), part.path("image_url")), null, mark);
		}
		if (value == null) {
			throw Members.wrong(part.path("image_url"), "is missing");
		}
		Members image = new Members(value, part.path("image_url"));
		String file = image.text("file_id");
		String detail = image.text("detail");
		String url = image.text("url");
		unread(image);
		if (file != null) {
			return new ContentPart.Image(new MediaSource.Uploaded(file), detail, mark);
		}
		return new ContentPart.Image(source((url != null) ? url : "", image.path("url")), detail, mark);
	}

	private ContentPart document(Members file, @Nullable CacheMark mark) throws InvalidRequestException {
		String filename = file.text("filename");
		String data = file.text("file_data");
		String id = file.text("file_id");
		String url = file.text("file_url");
		unread(file);
		if (data != null) {
			MediaSource source = data.startsWith("data:") ? source(data, file.path("file_data"))
					: new MediaSource.Inline(mediaType(filename), data);
			return new ContentPart.Document(source, filename, mark);
		}
		if (id != null) {
			return new ContentPart.Document(new MediaSource.Uploaded(id), filename, mark);
		}
		if (url != null) {
			return new ContentPart.Document(source(url, file.path("file_url")), filename, mark);
		}
		throw Members.wrong(file.path("file_data"), "is missing, and there is no file_id and no file_url either");
	}

	/** Plain base64 has no media type: the name tells it, and most are PDF. */
	private static String mediaType(@Nullable String filename) {
		String name = (filename != null) ? filename.toLowerCase(Locale.ROOT) : "";
		if (name.endsWith(".txt") || name.endsWith(".md") || name.endsWith(".csv")) {
			return "text/plain";
		}
		return (name.isEmpty() || name.endsWith(".pdf")) ? "application/pdf" : "application/octet-stream";
	}

	private static MediaSource source(String url, String path) throws InvalidRequestException {
		if (!url.regionMatches(true, 0, "data:", 0, 5)) {
			if (url.regionMatches(true, 0, "http://", 0, 7) || url.regionMatches(true, 0, "https://", 0, 8)
					|| url.regionMatches(true, 0, "gs://", 0, 5) || url.regionMatches(true, 0, "s3://", 0, 5)) {
				return new MediaSource.Remote(url, null);
			}
			throw Members.wrong(path, "must be a data URL or begin with https://, http://, gs:// or s3://");
		}
		int comma = url.indexOf(',');
		String head = (comma > 0 && comma < 200) ? url.substring(5, comma).toLowerCase(Locale.ROOT) : "";
		if (!head.endsWith(";base64")) {
			throw Members.wrong(path, "must have its data in base64: data:<media type>;base64,<data>");
		}
		String type = head.substring(0, head.length() - ";base64".length());
		int parameters = type.indexOf(';');
		return new MediaSource.Inline((parameters >= 0) ? type.substring(0, parameters).strip() : type,
				url.substring(comma + 1));
	}

}
