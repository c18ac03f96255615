package io.exchequer.registry.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Encrypts small secrets at rest by AES-256-GCM with a random 96-bit nonce. Each is bound
 * to its place, so that a ciphertext copied into another row does not open. Thread-safe.
 */
public final class SecretBox {

	private static final String CIPHER = "AES/GCM/NoPadding";

	private static final int NONCE_LENGTH = 12;

	private static final int TAG_BITS = 128;

	private final MasterKeys keys;

	private final SecureRandom random = new SecureRandom();

	public SecretBox(MasterKeys keys) {
		this.keys = keys;
	}

	/**
	 * Encrypts under the current master key.
	 * @param plain the secret
	 * @param place where it will be stored, the same when it is opened: its table and its
	 * row's identifier
	 */
	public Sealed seal(byte[] plain, String place) {
		MasterKey key = this.keys.current();
		byte[] nonce = new byte[NONCE_LENGTH];
		this.random.nextBytes(nonce);
		try {
			Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, place);
			byte[] encrypted = cipher.doFinal(plain);
			return new Sealed(key.id(),
					ByteBuffer.allocate(NONCE_LENGTH + encrypted.length).put(nonce).put(encrypted).array());
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("this Java runtime cannot encrypt by " + CIPHER, ex);
		}
	}

	/**
	 * Decrypts.
	 * @throws UnreadableSecretException if its master key is not known, or if it was
	 * changed, cut short or moved since it was sealed
	 */
	public byte[] open(Sealed sealed, String place) {
		MasterKey key = this.keys.byId(sealed.keyId())
			.orElseThrow(() -> new UnreadableSecretException(
					place + " is encrypted under master key \"" + sealed.keyId() + "\", which is not configured"));
		byte[] bytes = sealed.bytes();
		if (bytes.length < NONCE_LENGTH + TAG_BITS / Byte.SIZE) {
			throw new UnreadableSecretException(place + " is cut short");
		}
		try {
			Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, Arrays.copyOf(bytes, NONCE_LENGTH), place);
			return cipher.doFinal(bytes, NONCE_LENGTH, bytes.length - NONCE_LENGTH);
		}
		catch (AEADBadTagException ex) {
			throw new UnreadableSecretException(
					place + " does not open: it was changed or moved, or master key \"" + key.id() + "\" is another");
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("this Java runtime cannot decrypt by " + CIPHER, ex);
		}
	}

	/** Returns whether the secret is encrypted under the current master key. */
	public boolean isCurrent(Sealed sealed) {
		return sealed.keyId().equals(this.keys.current().id());
	}

	private static Cipher cipher(int mode, MasterKey key, byte[] nonce, String place) throws GeneralSecurityException {
		Cipher cipher = Cipher.getInstance(CIPHER);
		cipher.init(mode, key.encryption(), new GCMParameterSpec(TAG_BITS, nonce));
		cipher.updateAAD((key.id() + '\n' + place).getBytes(StandardCharsets.UTF_8));
		return cipher;
	}

	/**
	 * What is stored of a secret.
	 *
	 * @param keyId the master key that opens it
	 * @param bytes nonce, ciphertext and tag, in this order
	 */
	public record Sealed(String keyId, byte[] bytes) {

		@Override
		public boolean equals(Object other) {
			return other instanceof Sealed sealed && this.keyId.equals(sealed.keyId)
					&& Arrays.equals(this.bytes, sealed.bytes);
		}

		@Override
		public int hashCode() {
			return 31 * this.keyId.hashCode() + Arrays.hashCode(this.bytes);
		}

		@Override
		public String toString() {
			return "Sealed[" + this.keyId + ", " + this.bytes.length + " bytes]";
		}

	}

}
