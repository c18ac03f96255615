package io.exchequer.security;

/**
 * More passwords are being hashed than the platform has memory and time for. Nothing was
 * checked and nothing changed.
 */
public class PasswordsBusyException extends RuntimeException {

	PasswordsBusyException() {
		super("Too many passwords are being checked at once: try again in a moment.");
	}

}
