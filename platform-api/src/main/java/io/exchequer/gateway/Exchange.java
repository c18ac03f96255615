package io.exchequer.gateway;

import java.time.Instant;
import java.util.UUID;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import io.exchequer.gateway.dialect.Dialect;

/**
 * One request and its response.
 *
 * @param request the request
 * @param response the response
 * @param id the platform's identifier of it, a UUIDv7
 * @param receivedAt when it arrived
 * @param dialect what its client speaks
 */
record Exchange(HttpServletRequest request, HttpServletResponse response, UUID id, Instant receivedAt,
		Dialect dialect) {

	/** Returns the method, upper case. */
	String method() {
		return this.request.getMethod();
	}

}
