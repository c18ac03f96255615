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

	/** Returns it with a dialect of its own. */
	Exchange in(Dialect own) {
		return new Exchange(this.request, this.response, this.id, this.receivedAt, own);
	}

	/** Returns the method, upper case. */
	String method() {
		return this.request.getMethod();
	}

}
