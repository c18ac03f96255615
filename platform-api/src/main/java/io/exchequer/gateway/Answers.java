package io.exchequer.gateway;

import java.io.IOException;
import java.time.Duration;
import java.util.UUID;

import jakarta.servlet.http.HttpServletResponse;

import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.routing.ApiError;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes the gateway's own answers: JSON, and errors in the client's dialect.
 */
final class Answers {

	static final String JSON = "application/json";

	private static final int UNAUTHORIZED = 401;

	private static final JsonMapper MAPPER = JsonMapper.builder().build();

	private Answers() {
	}

	/**
	 * Sends a value as JSON.
	 * @param value maps, lists, texts, numbers and booleans
	 * @throws IOException if the client is gone
	 */
	static void json(HttpServletResponse response, Object value) throws IOException {
		bytes(response, HttpServletResponse.SC_OK, JSON, MAPPER.writeValueAsBytes(value));
	}

	/**
	 * Sends an error in place of whatever was buffered.
	 * @param dialect what the client speaks
	 * @param requestId the platform's identifier of the request, or null
	 * @throws IOException if the client is gone
	 */
	static void error(HttpServletResponse response, ApiError error, Dialect dialect, @Nullable UUID requestId)
			throws IOException {
		response.resetBuffer();
		Duration retryAfter = error.retryAfter();
		if (retryAfter != null) {
			response.setHeader(ResponseHeaders.RETRY_AFTER, Long.toString(wholeSeconds(retryAfter)));
		}
		if (error.status() == UNAUTHORIZED) {
			response.setHeader("WWW-Authenticate", "Bearer");
		}
		bytes(response, error.status(), JSON, dialect.error(error, requestId));
	}

	/**
	 * Sends a whole body.
	 * @throws IOException if the client is gone
	 */
	static void bytes(HttpServletResponse response, int status, String contentType, byte[] body) throws IOException {
		response.setStatus(status);
		response.setContentType(contentType);
		response.setContentLength(body.length);
		response.getOutputStream().write(body);
		response.flushBuffer();
	}

	/** The header knows whole seconds only, and 0 would invite a retry at once. */
	private static long wholeSeconds(Duration duration) {
		long seconds = duration.toSeconds();
		return Math.max(1, (duration.toNanosPart() > 0) ? seconds + 1 : seconds);
	}

}
