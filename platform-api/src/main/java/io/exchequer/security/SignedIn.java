package io.exchequer.security;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;

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

	/**
	 * Reads what a session remembers, or empty where it remembers nobody.
	 * @param attributes the session's attributes by name
	 */
	static Optional<SignedIn> from(Function<String, @Nullable Object> attributes) {
		if (attributes.apply(USER) instanceof String user && attributes.apply(CREDENTIAL) instanceof String credential
				&& attributes.apply(METHOD) instanceof String method && attributes.apply(SINCE) instanceof Long since) {
			return Optional.of(new SignedIn(UUID.fromString(user), credential, method, Instant.ofEpochMilli(since)));
		}
		return Optional.empty();
	}

	/** Returns whether the session may last until an instant, however busy it is. */
	boolean lasts(SecuritySettings settings, Instant until) {
		return until.isBefore(this.since.plus(settings.sessionLifetime()));
	}

	void writeTo(HttpSession session) {
		session.setAttribute(USER, this.user.toString());
		session.setAttribute(CREDENTIAL, this.credential);
		session.setAttribute(METHOD, this.method);
		session.setAttribute(SINCE, this.since.toEpochMilli());
	}

}
