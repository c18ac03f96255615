package io.exchequer.registry.crypto;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * The keyed hash of a presented secret: what is stored of a virtual key, and what it is
 * found by. Equal where master key and bytes are. Immutable.
 */
public final class KeyHash {

	private final String masterKeyId;

	private final byte[] bytes;

	/**
	 * Makes the hash from what is stored.
	 * @param masterKeyId the master key it was made under
	 * @param bytes the 32 bytes
	 * @throws IllegalArgumentException if there are not 32 bytes
	 */
	public KeyHash(String masterKeyId, byte[] bytes) {
		if (bytes.length != KeyHasher.LENGTH) {
			throw new IllegalArgumentException("a key hash has " + KeyHasher.LENGTH + " bytes, not " + bytes.length);
		}
		this.masterKeyId = masterKeyId;
		this.bytes = bytes.clone();
	}

	/** Returns the identifier of the master key it was made under. */
	public String masterKeyId() {
		return this.masterKeyId;
	}

	/** Returns a copy of the 32 bytes. */
	public byte[] bytes() {
		return this.bytes.clone();
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof KeyHash hash && this.masterKeyId.equals(hash.masterKeyId)
				&& Arrays.equals(this.bytes, hash.bytes);
	}

	/** Four of the hash's own bytes: they are evenly spread already. */
	@Override
	public int hashCode() {
		return (this.bytes[0] << 24) | ((this.bytes[1] & 0xff) << 16) | ((this.bytes[2] & 0xff) << 8)
				| (this.bytes[3] & 0xff);
	}

	@Override
	public String toString() {
		return this.masterKeyId + ":" + HexFormat.of().formatHex(this.bytes);
	}

}
