package io.exchequer.admin.connection;

import java.nio.charset.StandardCharsets;

import io.exchequer.registry.Deployment;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.routing.wire.WireDialect;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the small requests that a deployment is tested with.
 */
final class TestRequests {

	/** The tool that a request demands. */
	static final String TOOL = "report_status";

	/** A word needs few; what reasons first is cut off, which is an answer too. */
	private static final int TEXT_TOKENS_MAX = 32;

	private static final int TOOL_TOKENS_MAX = 96;

	/** A red square of 32 by 32 pixels. */
	private static final String IMAGE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAJ0lEQVR4"
			+ "2u3NsQkAAAjAsP7/tF7hIASyp6lTCQQCgUAgEAgEgi/BAjLD/C5w/SM9AAAAAElFTkSuQmCC";

	private final JsonMapper json = JsonMapper.shared();

	private final Deployment deployment;

	TestRequests(Deployment deployment) {
		this.deployment = deployment;
	}

	RequestDocument answer() {
		return parsed(text("Answer with one word: ready"));
	}

	RequestDocument streamed() {
		ObjectNode body = text("Answer with one word: ready").put("stream", true);
		if (WireDialect.of(this.deployment).streamUsage()) {
			body.putObject("stream_options").put("include_usage", true);
		}
		return parsed(body);
	}

	RequestDocument tools() {
		ObjectNode body = chat(TOOL_TOKENS_MAX);
		message(body).put("content", "Report the status ok by calling the tool.");
		ObjectNode tool = body.putArray("tools").addObject().put("type", "function");
		ObjectNode function = tool.putObject("function");
		function.put("name", TOOL).put("description", "Reports a status.");
		ObjectNode parameters = function.putObject("parameters").put("type", "object");
		parameters.putObject("properties").putObject("status").put("type", "string").putArray("enum").add("ok");
		parameters.putArray("required").add("status");
		// There is only this one, and every server knows the word.
		body.put("tool_choice", "required");
		return parsed(body);
	}

	RequestDocument vision() {
		ObjectNode body = chat(TEXT_TOKENS_MAX);
		ArrayNode parts = message(body).putArray("content");
		parts.addObject().put("type", "text").put("text", "Which colour is this? Answer with one word.");
		parts.addObject().put("type", "image_url").putObject("image_url").put("url", IMAGE);
		return parsed(body);
	}

	RequestDocument embedding() {
		ObjectNode body = this.json.createObjectNode().put("model", this.deployment.name());
		return parse(Endpoint.EMBEDDINGS, body.put("input", "A sentence to embed."));
	}

	private ObjectNode text(String prompt) {
		ObjectNode body = chat(TEXT_TOKENS_MAX);
		message(body).put("content", prompt);
		return body;
	}

	private ObjectNode chat(int tokens) {
		int most = Math.min(tokens, this.deployment.model().capabilities().maxOutput());
		return this.json.createObjectNode().put("model", this.deployment.name()).put("max_tokens", most);
	}

	private static ObjectNode message(ObjectNode body) {
		return body.putArray("messages").addObject().put("role", "user");
	}

	private RequestDocument parsed(ObjectNode body) {
		return parse(Endpoint.CHAT_COMPLETIONS, body);
	}

	private RequestDocument parse(Endpoint endpoint, ObjectNode body) {
		byte[] bytes = this.json.writeValueAsString(body).getBytes(StandardCharsets.UTF_8);
		try {
			return OpenAiRequests.parse(endpoint, bytes, bytes.length);
		}
		catch (InvalidRequestException ex) {
			throw new IllegalStateException("a test's own request is not valid: " + ex.error().message(), ex);
		}
	}

}
