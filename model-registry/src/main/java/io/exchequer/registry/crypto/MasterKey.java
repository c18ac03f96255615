package io.exchequer.registry.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * One master key, reduced to the keys that are derived from it, one for each purpose, so
 * that what is learnt about one says nothing about the other. Its text form never shows a
 * key.
 */
public final class MasterKey {

	/** The length of a master key in bytes. */
	public static final int LENGTH = 32;

	private final String id;

	private final SecretKey encryption;

	private final SecretKey keyHash;

	MasterKey(String id, byte[] key) {
		this.id = id;
		this.encryption = derive(key, "encryption", "AES");
		this.keyHash = derive(key, "key-hash", "HmacSHA256");
	}

	private static SecretKey derive(byte[] key, String purpose, String algorithm) {
		byte[] info = ("exchequer/" + purpose).getBytes(StandardCharsets.US_ASCII);
		try {
			return KDF.getInstance("HKDF-SHA256")
				.deriveKey(algorithm, HKDFParameterSpec.ofExtract().addIKM(key).thenExpand(info, LENGTH));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("this Java runtime cannot derive keys by HKDF-SHA256", ex);
		}
	}

	/** Returns the identifier that is stored beside whatever this key protects. */
	public String id() {
		return this.id;
	}

	SecretKey encryption() {
		return this.encryption;
	}

	SecretKey keyHash() {
		return this.keyHash;
	}

	@Override
	public String toString() {
		return "MasterKey[" + this.id + "]";
	}

}
