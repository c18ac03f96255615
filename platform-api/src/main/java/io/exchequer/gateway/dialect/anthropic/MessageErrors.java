package io.exchequer.gateway.dialect.anthropic;

import java.io.ByteArrayOutputStream;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

import io.exchequer.routing.ApiError;

/**
 * Writes errors in Anthropic's shape. The platform's stable code, the offending member
 * and the details stand beside the type and the message.
 */
final class MessageErrors {

	private MessageErrors() {
	}

	/** Returns an error's JSON. */
	static byte[] body(ApiError error, @Nullable UUID requestId) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
		try (JsonGenerator json = MessageJson.MAPPER.createGenerator(bytes)) {
			json.writeStartObject();
			json.writeStringProperty("type", "error");
			json.writeObjectPropertyStart("error");
			json.writeStringProperty("type", type(error.status()));
			json.writeStringProperty("message", error.message());
			json.writeStringProperty("code", error.code());
			if (error.param() != null) {
				json.writeStringProperty("param", error.param());
			}
			error.details().forEach(json::writeStringProperty);
			json.writeEndObject();
			if (requestId != null) {
				json.writeStringProperty("request_id", requestId.toString());
			}
			else {
				json.writeNullProperty("request_id");
			}
			json.writeEndObject();
		}
		return bytes.toByteArray();
	}

	/** Returns Anthropic's error type for a status. */
	static String type(int status) {
		return switch (status) {
			case 401 -> "authentication_error";
			case 402 -> "billing_error";
			case 403 -> "permission_error";
			case 404 -> "not_found_error";
			case 413 -> "request_too_large";
			case 429 -> "rate_limit_error";
			case 503, 529 -> "overloaded_error";
			case 504 -> "timeout_error";
			default -> (status < 500) ? "invalid_request_error" : "api_error";
		};
	}

}
