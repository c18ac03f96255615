package io.exchequer.tenancy;

import io.exchequer.registry.crypto.KeyHash;

/**
 * Is told of secrets that were accepted and are kept under an older master key than the
 * current one. Only then is the secret itself at hand, to be hashed anew.
 */
@FunctionalInterface
interface OlderSecrets {

	/**
	 * Takes note of a secret. Called while a request waits: it neither blocks nor fails.
	 * @param secret the secret's row
	 * @param stored what is kept of it
	 * @param current what is to be kept of it
	 */
	void accepted(OwnedId secret, KeyHash stored, KeyHash current);

}
