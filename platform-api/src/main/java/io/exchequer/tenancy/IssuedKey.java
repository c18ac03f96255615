package io.exchequer.tenancy;

/**
 * A virtual key together with its newest secret, which is shown this once. Its text form
 * never shows the secret.
 *
 * @param key the key
 * @param secret what clients present
 */
public record IssuedKey(VirtualKey key, String secret) {

	@Override
	public String toString() {
		return "IssuedKey[" + this.key + "]";
	}

}
