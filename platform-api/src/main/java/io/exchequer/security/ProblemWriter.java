package io.exchequer.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import jakarta.servlet.http.HttpServletResponse;

/** Writes problem details (RFC 9457) where no controller does. */
final class ProblemWriter {

	private ProblemWriter() {
	}

	/**
	 * Writes a problem.
	 * @param code stable, in snake case
	 * @param detail plain text that needs no escaping in JSON
	 */
	static void write(HttpServletResponse response, int status, String code, String detail) throws IOException {
		response.setStatus(status);
		response.setContentType("application/problem+json");
		if (status == HttpServletResponse.SC_UNAUTHORIZED) {
			response.setHeader("WWW-Authenticate", "Bearer realm=\"exchequer\"");
		}
		if (status == HttpServletResponse.SC_SERVICE_UNAVAILABLE) {
			response.setHeader("Retry-After", "1");
		}
		String title = switch (status) {
			case HttpServletResponse.SC_UNAUTHORIZED -> "Unauthorized";
			case HttpServletResponse.SC_FORBIDDEN -> "Forbidden";
			case HttpServletResponse.SC_SERVICE_UNAVAILABLE -> "Service Unavailable";
			default -> "Not Found";
		};
		String body = "{\"type\":\"about:blank\",\"title\":\"" + title + "\",\"status\":" + status + ",\"code\":\""
				+ code + "\",\"detail\":\"" + detail + "\"}";
		response.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
	}

}
