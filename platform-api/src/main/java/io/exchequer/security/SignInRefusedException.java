package io.exchequer.security;

import java.time.Duration;

/**
 * Somebody was not let in. It does not say whether there is such a user.
 */
public class SignInRefusedException extends RuntimeException {

	private final transient Duration retryAfter;

	SignInRefusedException(Duration retryAfter) {
		super(retryAfter.isZero() ? "The e-mail address or the password is wrong."
				: "Too many attempts to sign in: wait before trying again.");
		this.retryAfter = retryAfter;
	}

	/** Returns how long to wait; zero where the credentials were checked and wrong. */
	public Duration retryAfter() {
		return this.retryAfter;
	}

}
