package io.exchequer.security;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

import jakarta.servlet.http.HttpSession;

/**
 * What a session remembers: who signed in, and in which way.
 *
 * @param user the user
 * @param credential what is remembered of the password
 * @param method the way, such as {@code password}
 * @param since when
 */
record SignedIn(UUID user, String credential, String method, Instant since) {

	private static final String USER = "exchequer.user";

	private static final String CREDENTIAL = "exchequer.credential";

	private static final String METHOD = "exchequer.method";

	private static final String SINCE = "exchequer.since";

	static Optional<SignedIn> from(HttpSession session) {
		if (session.getAttribute(USER) instanceof String user
				&& session.getAttribute(CREDENTIAL) instanceof String credential
				&& session.getAttribute(METHOD) instanceof String method
				&& session.getAttribute(SINCE) instanceof Long since) {
			return Optional.of(new SignedIn(UUID.fromString(user), credential, method, Instant.ofEpochMilli(since)));
		}
		return Optional.empty();
	}

	void writeTo(HttpSession session) {
		session.setAttribute(USER, this.user.toString());
		session.setAttribute(CREDENTIAL, this.credential);
		session.setAttribute(METHOD, this.method);
		session.setAttribute(SINCE, this.since.toEpochMilli());
	}

}
