package io.exchequer.gateway;

import java.time.Instant;
import java.util.UUID;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/**
 * One request and its response.
 *
 * @param request the request
 * @param response the response
 * @param id the platform's identifier of it, a UUIDv7
 * @param receivedAt when it arrived
 */
record Exchange(HttpServletRequest request, HttpServletResponse response, UUID id, Instant receivedAt) {

	/** Returns the method, upper case. */
	String method() {
		return this.request.getMethod();
	}

}
