package io.exchequer.registry;

import java.util.UUID;

/**
 * A provider's secret, decrypted. Its text form never shows the secret.
 *
 * @param id the identifier that ledger lines carry
 * @param secret the secret itself
 */
public record Credential(UUID id, String secret) {

	/** Returns the place that a credential's ciphertext is bound to. */
	public static String placeOf(UUID id) {
		return "provider_credential/" + id;
	}

	@Override
	public String toString() {
		return "Credential[" + this.id + "]";
	}

}
