package io.exchequer.batch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts one file's content, and what belongs to it, by AES-256-GCM with random nonces:
 * under a key of the file's own, so that master keys can be changed without writing
 * contents anew. Each piece is bound to its place. Thread-safe.
 */
final class ContentKey {

	private static final String CIPHER = "AES/GCM/NoPadding";

	private static final int KEY_LENGTH = 32;

	private static final int NONCE_LENGTH = 12;

	private static final int TAG_BITS = 128;

	private static final SecureRandom RANDOM = new SecureRandom();

	private final SecretKey key;

	private ContentKey(byte[] key) {
		this.key = new SecretKeySpec(key, "AES");
	}

	static ContentKey generate() {
		byte[] key = new byte[KEY_LENGTH];
		RANDOM.nextBytes(key);
		return new ContentKey(key);
	}

	static ContentKey of(byte[] key) {
		return new ContentKey(key);
	}

	byte[] bytes() {
		return this.key.getEncoded();
	}

	/** Returns nonce, ciphertext and tag, in this order. */
	byte[] seal(byte[] plain, int offset, int length, String place) {
		byte[] nonce = new byte[NONCE_LENGTH];
		RANDOM.nextBytes(nonce);
		try {
			Cipher cipher = cipher(Cipher.ENCRYPT_MODE, nonce, place);
			ByteBuffer sealed = ByteBuffer.allocate(NONCE_LENGTH + cipher.getOutputSize(length)).put(nonce);
			cipher.doFinal(ByteBuffer.wrap(plain, offset, length), sealed);
			return sealed.array();
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("this Java runtime cannot encrypt by " + CIPHER, ex);
		}
	}

	/**
	 * Returns what was sealed.
	 * @throws IllegalStateException if it was changed or moved since
	 */
	byte[] open(byte[] sealed, String place) {
		try {
			return cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(sealed, NONCE_LENGTH), place).doFinal(sealed, NONCE_LENGTH,
					sealed.length - NONCE_LENGTH);
		}
		catch (AEADBadTagException ex) {
			throw new IllegalStateException(place + " does not open: it was changed or moved", ex);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("this Java runtime cannot decrypt by " + CIPHER, ex);
		}
	}

	private Cipher cipher(int mode, byte[] nonce, String place) throws GeneralSecurityException {
		Cipher cipher = Cipher.getInstance(CIPHER);
		cipher.init(mode, this.key, new GCMParameterSpec(TAG_BITS, nonce));
		cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
		return cipher;
	}

}
