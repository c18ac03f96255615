package io.exchequer.tenancy;

import java.security.SecureRandom;
import java.util.Base64;

/**
 * Makes the text of secrets that clients present. Thread-safe.
 */
public final class KeySecrets {

	/** The fewest characters of a secret that an operator gives. */
	public static final int GIVEN_MIN = 16;

	/** The most characters of a secret that an operator gives. */
	public static final int GIVEN_MAX = 256;

	private static final int RANDOM_BYTES = 24;

	private static final int SHOWN = 8;

	private static final int SHOWN_OF_GIVEN = 4;

	private static final SecureRandom RANDOM = new SecureRandom();

	private KeySecrets() {
	}

	/**
	 * Returns a secret of 192 random bits.
	 * @param prefix what it begins with, so that people and scanners recognise it
	 */
	public static String generate(String prefix) {
		byte[] bytes = new byte[RANDOM_BYTES];
		RANDOM.nextBytes(bytes);
		return prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	/**
	 * Returns whether a secret that an operator gives is acceptable: printable ASCII
	 * without spaces, so that it can stand in a header, and long enough.
	 */
	public static boolean acceptable(String given) {
		return given.length() >= GIVEN_MIN && given.length() <= GIVEN_MAX
				&& given.chars().allMatch((character) -> character > ' ' && character < 0x7f);
	}

	/** Returns the first characters of a secret that was generated, or that was given. */
	public static String shown(String secret, boolean given) {
		return secret.substring(0, given ? SHOWN_OF_GIVEN : SHOWN);
	}

}
