package io.exchequer.gateway;

import java.util.Set;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/**
 * Lets pages of the configured origins call the API, with a virtual key and never with
 * cookies. Without a configured origin no header is sent, and browsers refuse.
 */
final class Cors {

	private final Set<String> origins;

	Cors(GatewaySettings settings) {
		this.origins = Set.copyOf(settings.corsOrigins());
	}

	/** Adds what a browser needs to let a page read the answer. */
	void apply(HttpServletRequest request, HttpServletResponse response) {
		if (this.origins.isEmpty()) {
			return;
		}
		response.addHeader("Vary", "Origin");
		String origin = request.getHeader("Origin");
		if (origin != null && this.origins.contains(origin)) {
			response.setHeader("Access-Control-Allow-Origin", origin);
			response.setHeader("Access-Control-Expose-Headers", ResponseHeaders.exposed());
		}
	}

	/** Answers {@code OPTIONS}, a browser's question before a request included. */
	void answerOptions(HttpServletRequest request, HttpServletResponse response, Route route) {
		response.setStatus(HttpServletResponse.SC_NO_CONTENT);
		response.setHeader("Allow", route.allow());
		if (response.getHeader("Access-Control-Allow-Origin") == null) {
			return;
		}
		response.setHeader("Access-Control-Allow-Methods", route.allow());
		String wanted = request.getHeader("Access-Control-Request-Headers");
		if (wanted != null) {
			response.setHeader("Access-Control-Allow-Headers", wanted);
		}
		response.setHeader("Access-Control-Max-Age", "600");
	}

}
