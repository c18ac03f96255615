package io.exchequer.gateway.dialect.anthropic;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import io.exchequer.gateway.dialect.Leftovers;
import io.exchequer.gateway.dialect.Members;
import io.exchequer.routing.chat.CacheMark;
import io.exchequer.routing.chat.ChatMessage;
import io.exchequer.routing.chat.ContentPart;
import io.exchequer.routing.chat.MediaSource;
import io.exchequer.routing.chat.ToolCall;
import io.exchequer.routing.wire.InvalidRequestException;

/**
 * Reads messages and their content blocks. Used by one thread, for one request.
 */
final class ContentReader {

	private static final Set<String> IMAGE_TYPES = Set.of("image/jpeg", "image/png", "image/gif", "image/webp");

	private static final String ELSEWHERE = "is of a kind that one provider alone knows: leave it out";

	private final Leftovers leftovers;

	private final List<CanonicalPaths.Place> places;

	/**
	 * Makes a reader.
	 * @param places where to note whence each canonical message came
	 */
	ContentReader(Leftovers leftovers, List<CanonicalPaths.Place> places) {
		this.leftovers = leftovers;
		this.places = places;
	}

	/** Reads a message, and adds what it is in the canonical form: several, or one. */
	void message(Members message, List<ChatMessage> to) throws InvalidRequestException {
		String role = message.requiredText("role");
		String path = message.path("content");
		JsonNode content = message.required("content");
		switch (role) {
			case "user" -> user(content, message, to);
			case "assistant" -> {
				to.add(assistant(content, path));
				this.places.add(new CanonicalPaths.Place(message.path(), path, -1));
			}
			case "system" -> {
				to.add(new ChatMessage.System(false, texts(content, path), null));
				this.places.add(new CanonicalPaths.Place(message.path(), path, 0));
			}
			default -> throw Members.invalidValue(message.path("role"), "must be 'user', 'assistant' or 'system'");
		}
		this.leftovers.drop(message);
	}

	/** Reads a text, or blocks that are texts. */
	List<ContentPart> texts(JsonNode content, String path) throws InvalidRequestException {
		if (content.isString()) {
			return List.of(new ContentPart.Text(content.asString()));
		}
		List<ContentPart> parts = new ArrayList<>(content.size());
		for (Members block : blocks(content, path)) {
			if (!block.requiredText("type").equals("text")) {
				throw Members.invalidValue(block.path("type"), "must be 'text' here");
			}
			parts.add(text(block));
		}
		return List.copyOf(parts);
	}

	private static List<Members> blocks(JsonNode content, String path) throws InvalidRequestException {
		if (!content.isArray()) {
			throw Members.wrongType(path, "a string or an array of blocks", content);
		}
		List<Members> blocks = new ArrayList<>(content.size());
		for (int i = 0; i < content.size(); i++) {
			blocks.add(new Members(content.get(i), path + "[" + i + "]"));
		}
		return blocks;
	}

	/** What tools answered comes first, each a message of its own. */
	private void user(JsonNode content, Members message, List<ChatMessage> to) throws InvalidRequestException {
		String path = message.path("content");
		if (content.isString()) {
			this.places.add(new CanonicalPaths.Place(message.path(), path, 0));
			to.add(new ChatMessage.User(List.of(new ContentPart.Text(content.asString())), null));
			return;
		}
		List<ContentPart> parts = new ArrayList<>(content.size());
		int results = 0;
		for (Members block : blocks(content, path)) {
			String type = block.requiredText("type");
			if (!type.equals("tool_result")) {
				parts.add(part(block, type));
				continue;
			}
			if (!parts.isEmpty()) {
				throw Members.invalidValue(block.path(), "comes after other content: results of tools come first");
			}
			results++;
			to.add(toolResult(block));
			this.places.add(new CanonicalPaths.Place(block.path(), block.path("content"), 0));
		}
		if (!parts.isEmpty() || results == 0) {
			this.places.add(new CanonicalPaths.Place(message.path(), path, results));
			to.add(new ChatMessage.User(List.copyOf(parts), null));
		}
	}

	private ChatMessage toolResult(Members block) throws InvalidRequestException {
		String id = block.requiredText("tool_use_id");
		boolean failed = Boolean.TRUE.equals(block.flag("is_error"));
		CacheMark mark = CacheMarks.take(block);
		List<ContentPart> parts = resultParts(block.take("content"), block.path("content"));
		if (mark != null) {
			if (parts.isEmpty() || !CacheMarks.canMark(parts.getLast())) {
				this.leftovers.drop(block.path("cache_control"), "cannot mark a result without content: leave it out");
			}
			else {
				parts.add(CacheMarks.marked(parts.removeLast(), mark));
			}
		}
		this.leftovers.drop(block);
		return new ChatMessage.Tool(id, parts.isEmpty() ? List.of(new ContentPart.Text("")) : List.copyOf(parts),
				failed);
	}

	private List<ContentPart> resultParts(@Nullable JsonNode content, String path) throws InvalidRequestException {
		List<ContentPart> parts = new ArrayList<>();
		if (content == null) {
			return parts;
		}
		if (content.isString()) {
			parts.add(new ContentPart.Text(content.asString()));
			return parts;
		}
		for (Members block : blocks(content, path)) {
			parts.add(part(block, block.requiredText("type")));
		}
		return parts;
	}

	/** Reads a block that a user, or a tool, may send. */
	private ContentPart part(Members block, String type) throws InvalidRequestException {
		return switch (type) {
			case "text" -> text(block);
			case "image" -> image(block);
			case "document" -> document(block);
			default -> throw Leftovers.unsupported(block.path("type"), ELSEWHERE);
		};
	}

	private ContentPart text(Members block) throws InvalidRequestException {
		String text = block.requiredText("text");
		CacheMark mark = CacheMarks.take(block);
		JsonNode citations = block.take("citations");
		if (citations != null && !citations.isEmpty()) {
			this.leftovers.drop(block.path("citations"), "cannot be carried: leave it out");
		}
		this.leftovers.drop(block);
		return new ContentPart.Text(text, mark);
	}

	private ContentPart image(Members block) throws InvalidRequestException {
		Members source = block.requiredObject("source");
		MediaSource media = switch (source.requiredText("type")) {
			case "base64" -> {
				String type = source.requiredText("media_type").toLowerCase(Locale.ROOT);
				if (!IMAGE_TYPES.contains(type)) {
					throw Members.invalidValue(source.path("media_type"),
							"must be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'");
				}
				yield new MediaSource.Inline(type, base64(source));
			}
			case "url" -> new MediaSource.Remote(url(source), null);
			case "file" -> new MediaSource.Uploaded(source.requiredText("file_id"));
			default -> throw Members.invalidValue(source.path("type"), "must be 'base64', 'url' or 'file'");
		};
		CacheMark mark = CacheMarks.take(block);
		if (block.take("transformations") != null) {
			throw Leftovers.unsupported(block.path("transformations"),
					"cannot be carried: send the image as it should be");
		}
		this.leftovers.drop(source);
		this.leftovers.drop(block);
		return new ContentPart.Image(media, null, mark);
	}

	private ContentPart document(Members block) throws InvalidRequestException {
		Members source = block.requiredObject("source");
		MediaSource media = switch (source.requiredText("type")) {
			case "base64" -> {
				require(source, "application/pdf");
				yield new MediaSource.Inline("application/pdf", base64(source));
			}
			case "text" -> {
				require(source, "text/plain");
				byte[] text = source.requiredText("data").getBytes(StandardCharsets.UTF_8);
				yield new MediaSource.Inline("text/plain", Base64.getEncoder().encodeToString(text));
			}
			case "url" -> new MediaSource.Remote(url(source), "application/pdf");
			case "file" -> new MediaSource.Uploaded(source.requiredText("file_id"));
			case "content" -> throw Leftovers.unsupported(source.path("type"),
					"has no place at other providers: send the content's blocks themselves, or the source 'text'");
			default -> throw Members.invalidValue(source.path("type"), "must be 'base64', 'text', 'url' or 'file'");
		};
		String title = block.text("title");
		if (block.take("context") != null) {
			throw Leftovers.unsupported(block.path("context"), "has no place at other providers: send it as a text");
		}
		citations(block);
		CacheMark mark = CacheMarks.take(block);
		this.leftovers.drop(source);
		this.leftovers.drop(block);
		return new ContentPart.Document(media, title, mark);
	}

	private void citations(Members block) throws InvalidRequestException {
		Members citations = block.object("citations");
		if (citations != null && Boolean.TRUE.equals(citations.flag("enabled"))) {
			this.leftovers.drop(block.path("citations"), "has no place at other providers: leave it out");
		}
	}

	private static void require(Members source, String mediaType) throws InvalidRequestException {
		if (!source.requiredText("media_type").equalsIgnoreCase(mediaType)) {
			throw Members.invalidValue(source.path("media_type"), "must be '" + mediaType + "'");
		}
	}

	private static String url(Members source) throws InvalidRequestException {
		String url = source.requiredText("url");
		if (!url.regionMatches(true, 0, "https://", 0, 8) && !url.regionMatches(true, 0, "http://", 0, 7)) {
			throw Members.invalidValue(source.path("url"), "must begin with https:// or http://");
		}
		return url;
	}

	/** Where a letter is none of base64, the whole would be read as something else. */
	private static String base64(Members source) throws InvalidRequestException {
		String data = source.requiredText("data");
		int length = data.length();
		while (length > 0 && length > data.length() - 2 && data.charAt(length - 1) == '=') {
			length--;
		}
		boolean valid = length > 0;
		for (int i = 0; valid && i < length; i++) {
			char c = data.charAt(i);
			valid = c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/';
		}
		if (!valid) {
			throw Members.invalidValue(source.path("data"), "must be base64, without a data URL's head or line breaks");
		}
		return data;
	}

	private ChatMessage assistant(JsonNode content, String path) throws InvalidRequestException {
		if (content.isString()) {
			return new ChatMessage.Assistant(List.of(new ContentPart.Text(content.asString())), List.of(), null);
		}
		List<ContentPart> reasoning = new ArrayList<>();
		List<ContentPart> said = new ArrayList<>();
		List<ToolCall> calls = new ArrayList<>();
		Map<String, String> signatures = new HashMap<>();
		for (Members block : blocks(content, path)) {
			switch (block.requiredText("type")) {
				case "text" -> said.add(text(block));
				case "thinking" -> reasoning.add(thinking(block));
				case "redacted_thinking" -> {
					String data = block.requiredText("data");
					this.leftovers.drop(block);
					if (!CallSignatures.read(data, signatures)) {
						reasoning.add(new ContentPart.HiddenReasoning(data));
					}
				}
				case "tool_use" -> calls.add(toolUse(block, signatures));
				default -> throw Leftovers.unsupported(block.path("type"), ELSEWHERE);
			}
		}
		reasoning.addAll(said);
		return new ChatMessage.Assistant(List.copyOf(reasoning), List.copyOf(calls), null);
	}

	/** What we wrote without a signature comes back without one. */
	private ContentPart thinking(Members block) throws InvalidRequestException {
		String text = block.requiredText("thinking");
		String signature = Objects.requireNonNullElse(block.text("signature"), "");
		this.leftovers.drop(block);
		return new ContentPart.Reasoning(text, signature.isEmpty() ? null : signature);
	}

	private ToolCall toolUse(Members block, Map<String, String> signatures) throws InvalidRequestException {
		String id = block.requiredText("id");
		String name = block.requiredText("name");
		JsonNode input = block.required("input");
		if (!input.isObject()) {
			throw Members.wrongType(block.path("input"), "an object", input);
		}
		Members caller = block.object("caller");
		if (caller != null && !caller.requiredText("type").equals("direct")) {
			throw Leftovers.unsupported(block.path("caller"), ELSEWHERE);
		}
		if (CacheMarks.take(block) != null) {
			this.leftovers.drop(block.path("cache_control"),
					"cannot mark a call of a tool: mark the result that follows, or leave it out");
		}
		this.leftovers.drop(block);
		return new ToolCall(id, name, input.toString(), signatures.get(id));
	}

}
