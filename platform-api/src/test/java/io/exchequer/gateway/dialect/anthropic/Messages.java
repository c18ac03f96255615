package io.exchequer.gateway.dialect.anthropic;

import java.nio.charset.StandardCharsets;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.exchequer.gateway.dialect.Dialect.Reading;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.RequestDocument;

/** Requests to the Messages API for tests. */
final class Messages {

	private Messages() {
	}

	/**
	 * Returns a request with these members, and a model and a limit where it has none.
	 */
	static String with(String members) {
		String model = members.contains("\"model\"") ? "" : "\"model\":\"m\",";
		String limit = members.contains("\"max_tokens\"") ? "" : "\"max_tokens\":64,";
		String messages = members.contains("\"messages\"") ? ""
				: "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],";
		String all = model + limit + messages + members;
		return "{" + (all.endsWith(",") ? all.substring(0, all.length() - 1) : all) + "}";
	}

	static Reading read(String body, boolean dropUnsupported) throws InvalidRequestException {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		return AnthropicDialect.INSTANCE.read(Endpoint.CHAT_COMPLETIONS, bytes, bytes.length, dropUnsupported);
	}

	/** Returns a request's canonical form. */
	static JsonNode canonical(String body) throws InvalidRequestException {
		RequestDocument document = read(body, false).document();
		return JsonMapper.shared().readTree(new String(document.bytes(), 0, document.length(), StandardCharsets.UTF_8));
	}

}
