package io.exchequer.routing.provider.gemini;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names tool calls that the model gave no identifier: the same call of the same answer
 * gets the same one, however the answer was told, and no two calls of a conversation do.
 */
final class CallIds {

	private static final String PREFIX = "gcall_";

	private static final int DIGITS = 24;

	private CallIds() {
	}

	/** Makes an identifier of less than 40 characters, which every provider takes. */
	static String of(String answer, int choice, int index) {
		try {
			byte[] hash = MessageDigest.getInstance("SHA-256")
				.digest((answer + "/" + choice + "/" + index).getBytes(StandardCharsets.UTF_8));
			return PREFIX + HexFormat.of().formatHex(hash).substring(0, DIGITS);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Returns whether the model never knew an identifier, because it was made here. */
	static boolean isMade(String id) {
		return id.startsWith(PREFIX) && id.length() == PREFIX.length() + DIGITS;
	}

}
