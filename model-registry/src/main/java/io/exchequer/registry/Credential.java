package io.exchequer.registry;

import java.util.UUID;

/**
 * A provider's secret, decrypted. Its text form never shows the secret.
 *
 * @param id the identifier that ledger lines carry
 * @param secret the secret itself
 */
public record Credential(UUID id, String secret) {

	@Override
	public String toString() {
		return "Credential[" + this.id + "]";
	}

}
