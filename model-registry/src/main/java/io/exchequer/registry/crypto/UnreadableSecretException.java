package io.exchequer.registry.crypto;

/**
 * A stored secret cannot be decrypted. The message says which and why, and holds no part
 * of it.
 */
public class UnreadableSecretException extends RuntimeException {

	public UnreadableSecretException(String message) {
		super(message);
	}

}
