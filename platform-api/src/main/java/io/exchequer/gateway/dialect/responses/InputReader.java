package io.exchequer.gateway.dialect.responses;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import io.exchequer.gateway.dialect.Leftovers;
import io.exchequer.gateway.dialect.Members;
import io.exchequer.routing.chat.ChatMessage;
import io.exchequer.routing.chat.ContentPart;
import io.exchequer.routing.chat.MediaSource;
import io.exchequer.routing.chat.ToolCall;
import io.exchequer.routing.wire.InvalidRequestException;

/**
 * Reads items into messages. What the assistant reasoned, said and called in a row is one
 * message, in this order: the canonical form knows no other. Used by one thread, for one
 * request.
 */
final class InputReader {

	private static final String ELSEWHERE = "is of a kind that one provider alone knows: leave it out";

	private final Leftovers leftovers;

	private final List<ChatMessage> messages = new ArrayList<>();

	private final List<ItemPaths.Place> places = new ArrayList<>();

	private final List<ContentPart> reasoning = new ArrayList<>();

	private final List<ContentPart> said = new ArrayList<>();

	private final List<ToolCall> calls = new ArrayList<>();

	private final Map<String, String> signatures = new HashMap<>();

	private String turn = "";

	private String turnContent = "";

	InputReader(Leftovers leftovers) {
		this.leftovers = leftovers;
	}

	/** Adds what the application tells the model. */
	void instructions(String text) {
		add(new ChatMessage.System(false, List.of(new ContentPart.Text(text)), null), "instructions", "instructions",
				false);
	}

	/** Adds what the user says, where it is no more than a text. */
	void text(String text) {
		endTurn();
		add(new ChatMessage.User(List.of(new ContentPart.Text(text)), null), "input", "input", false);
	}

	/** Adds an item. */
	void item(JsonNode value, String path) throws InvalidRequestException {
		Members item = new Members(value, path);
		JsonNode type = item.take("type");
		if (type != null && !type.isString()) {
			throw Members.wrongType(item.path("type"), "a string", type);
		}
		switch ((type != null) ? type.asString() : "message") {
			case "message" -> message(item);
			case "function_call" -> call(item);
			case "function_call_output" -> output(item);
			case "reasoning" -> reasoning(item);
			default -> throw Leftovers.unsupported(item.path("type"), ELSEWHERE);
		}
	}

	/** Returns the messages. */
	List<ChatMessage> messages() {
		endTurn();
		return List.copyOf(this.messages);
	}

	/** Returns where each message came from. */
	List<ItemPaths.Place> places() {
		return this.places;
	}

	private void add(ChatMessage message, String path, String content, boolean parts) {
		this.messages.add(message);
		this.places.add(new ItemPaths.Place(path, content, parts));
	}

	private void message(Members item) throws InvalidRequestException {
		String role = item.requiredText("role");
		JsonNode content = item.required("content");
		String path = item.path("content");
		echoes(item);
		switch (role) {
			case "user" -> {
				endTurn();
				add(new ChatMessage.User(parts(content, path), null), item.path(), path, true);
			}
			case "system", "developer" -> {
				endTurn();
				add(new ChatMessage.System(role.equals("developer"), texts(content, path), null), item.path(), path,
						true);
			}
			case "assistant" -> {
				if (!this.said.isEmpty() && this.calls.isEmpty()) {
					endTurn();
				}
				begin(item.path(), path);
				this.said.addAll(said(content, path));
			}
			default ->
				throw Members.invalidValue(item.path("role"), "must be 'user', 'assistant', 'system' or 'developer'");
		}
		this.leftovers.drop(item);
	}

	/** What an answer says of itself, and clients give back. */
	private static void echoes(Members item) {
		item.take("id");
		item.take("status");
	}

	private void begin(String path, String content) {
		if (this.turn.isEmpty()) {
			this.turn = path;
			this.turnContent = content;
		}
	}

	/** Ends what the assistant reasoned, said and called in a row. */
	private void endTurn() {
		if (this.turn.isEmpty()) {
			return;
		}
		List<ContentPart> parts = new ArrayList<>(this.reasoning);
		parts.addAll(this.said);
		List<ToolCall> proven = this.calls.stream()
			.map((call) -> new ToolCall(call.id(), call.name(), call.arguments(), this.signatures.get(call.id())))
			.toList();
		if (!parts.isEmpty() || !proven.isEmpty()) {
			add(new ChatMessage.Assistant(List.copyOf(parts), proven, null), this.turn, this.turnContent, false);
		}
		this.reasoning.clear();
		this.said.clear();
		this.calls.clear();
		this.turn = "";
	}

	private void call(Members item) throws InvalidRequestException {
		begin(item.path(), item.path());
		this.calls.add(new ToolCall(item.requiredText("call_id"), item.requiredText("name"),
				item.requiredText("arguments"), null));
		echoes(item);
		this.leftovers.drop(item);
	}

	private void output(Members item) throws InvalidRequestException {
		endTurn();
		String id = item.requiredText("call_id");
		List<ContentPart> parts = parts(item.required("output"), item.path("output"));
		echoes(item);
		this.leftovers.drop(item);
		add(new ChatMessage.Tool(id, parts.isEmpty() ? List.of(new ContentPart.Text("")) : parts, false), item.path(),
				item.path("output"), true);
	}

	private void reasoning(Members item) throws InvalidRequestException {
		String shown = shown(item.take("summary"), item.path("summary"), "summary_text")
				+ shown(item.take("content"), item.path("content"), "reasoning_text");
		String encrypted = item.text("encrypted_content");
		echoes(item);
		this.leftovers.drop(item);
		ReasoningProof proof = (encrypted != null) ? ReasoningProof.of(encrypted) : null;
		if (encrypted != null && proof == null) {
			this.leftovers.drop(item.path("encrypted_content"),
					"was not written here, so that no provider can be given it: leave the item out");
		}
		switch (proof) {
			case ReasoningProof.Signature(String signature) -> think(item, new ContentPart.Reasoning(shown, signature));
			case ReasoningProof.Hidden(String data) -> think(item, new ContentPart.HiddenReasoning(data));
			case ReasoningProof.OfCall(String callId, String signature) -> this.signatures.put(callId, signature);
			case null -> {
				if (!shown.isEmpty()) {
					think(item, new ContentPart.Reasoning(shown, null));
				}
			}
		}
	}

	private void think(Members item, ContentPart part) {
		if (!this.said.isEmpty() && this.calls.isEmpty()) {
			endTurn();
		}
		begin(item.path(), item.path());
		this.reasoning.add(part);
	}

	private String shown(@Nullable JsonNode parts, String path, String type) throws InvalidRequestException {
		if (parts == null) {
			return "";
		}
		Members.requireArray(parts, path);
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < parts.size(); i++) {
			Members part = new Members(parts.get(i), path + "[" + i + "]");
			require(part, type);
			text.append(part.requiredText("text"));
			this.leftovers.drop(part);
		}
		return text.toString();
	}

	private static void require(Members part, String type) throws InvalidRequestException {
		if (!part.requiredText("type").equals(type)) {
			throw Members.invalidValue(part.path("type"), "must be '" + type + "' here");
		}
	}

	private static List<Members> members(JsonNode content, String path) throws InvalidRequestException {
		if (!content.isArray()) {
			throw Members.wrongType(path, "a string or an array of parts", content);
		}
		List<Members> members = new ArrayList<>(content.size());
		for (int i = 0; i < content.size(); i++) {
			members.add(new Members(content.get(i), path + "[" + i + "]"));
		}
		return members;
	}

	private List<ContentPart> texts(JsonNode content, String path) throws InvalidRequestException {
		if (content.isString()) {
			return List.of(new ContentPart.Text(content.asString()));
		}
		List<ContentPart> parts = new ArrayList<>(content.size());
		for (Members part : members(content, path)) {
			require(part, "input_text");
			parts.add(new ContentPart.Text(part.requiredText("text")));
			this.leftovers.drop(part);
		}
		return List.copyOf(parts);
	}

	private List<ContentPart> said(JsonNode content, String path) throws InvalidRequestException {
		if (content.isString()) {
			return List.of(new ContentPart.Text(content.asString()));
		}
		List<ContentPart> parts = new ArrayList<>(content.size());
		for (Members part : members(content, path)) {
			parts.add(switch (part.requiredText("type")) {
				case "output_text", "input_text" -> new ContentPart.Text(part.requiredText("text"));
				case "refusal" -> new ContentPart.Refusal(part.requiredText("refusal"));
				default -> throw Members.invalidValue(part.path("type"), "must be 'output_text' or 'refusal' here");
			});
			part.take("annotations");
			part.take("logprobs");
			this.leftovers.drop(part);
		}
		return parts;
	}

	private List<ContentPart> parts(JsonNode content, String path) throws InvalidRequestException {
		if (content.isString()) {
			return List.of(new ContentPart.Text(content.asString()));
		}
		List<ContentPart> parts = new ArrayList<>(content.size());
		for (Members part : members(content, path)) {
			parts.add(switch (part.requiredText("type")) {
				case "input_text" -> new ContentPart.Text(part.requiredText("text"));
				case "input_image" -> image(part);
				case "input_file" -> file(part);
				case "input_audio" -> audio(part.requiredObject("input_audio"));
				default -> throw Leftovers.unsupported(part.path("type"),
						"is none of 'input_text', 'input_image', 'input_file' and 'input_audio'");
			});
			this.leftovers.drop(part);
		}
		return List.copyOf(parts);
	}

	private static ContentPart image(Members part) throws InvalidRequestException {
		String detail = part.text("detail");
		String url = part.text("image_url");
		String file = part.text("file_id");
		if (url == null && file == null) {
			throw part.missing("image_url");
		}
		MediaSource source = (url != null) ? source(url, part.path("image_url"))
				: new MediaSource.Uploaded((file != null) ? file : "");
		return new ContentPart.Image(source, detail, null);
	}

	private ContentPart file(Members part) throws InvalidRequestException {
		String name = part.text("filename");
		String data = part.text("file_data");
		String url = part.text("file_url");
		String id = part.text("file_id");
		if (part.take("detail") != null) {
			this.leftovers.drop(part.path("detail"), "has no place at other providers: leave it out");
		}
		if (data != null) {
			return new ContentPart.Document(data.startsWith("data:") ? source(data, part.path("file_data"))
					: new MediaSource.Inline(mediaType(name), data), name, null);
		}
		if (url != null) {
			return new ContentPart.Document(source(url, part.path("file_url")), name, null);
		}
		if (id != null) {
			return new ContentPart.Document(new MediaSource.Uploaded(id), name, null);
		}
		throw part.missing("file_data");
	}

	/** Plain base64 has no media type: the name tells it, and most are PDF. */
	private static String mediaType(@Nullable String filename) {
		String name = (filename != null) ? filename.toLowerCase(Locale.ROOT) : "";
		return (name.endsWith(".txt") || name.endsWith(".md") || name.endsWith(".csv")) ? "text/plain"
				: "application/pdf";
	}

	private ContentPart audio(Members audio) throws InvalidRequestException {
		String format = audio.requiredText("format");
		ContentPart part = new ContentPart.Audio(new MediaSource.Inline("audio/" + format, audio.requiredText("data")),
				format, null);
		this.leftovers.drop(audio);
		return part;
	}

	private static MediaSource source(String url, String path) throws InvalidRequestException {
		if (url.regionMatches(true, 0, "https://", 0, 8) || url.regionMatches(true, 0, "http://", 0, 7)) {
			return new MediaSource.Remote(url, null);
		}
		int comma = url.indexOf(',');
		String head = (comma > 0 && comma < 200) ? url.substring(0, comma).toLowerCase(Locale.ROOT) : "";
		if (!head.startsWith("data:") || !head.endsWith(";base64")) {
			throw Members.invalidValue(path,
					"must begin with https:// or http://, or be data:<media type>;base64,<data>");
		}
		String type = head.substring("data:".length(), head.length() - ";base64".length());
		int parameters = type.indexOf(';');
		return new MediaSource.Inline((parameters >= 0) ? type.substring(0, parameters).strip() : type,
				url.substring(comma + 1));
	}

}
