package io.exchequer.registry.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import javax.crypto.Mac;

/**
 * Hashes presented secrets by HMAC-SHA-256 under the master keys, so that a copy of the
 * database tells nobody which key would be accepted. For secrets of at least 128 random
 * bits; not for passwords. Thread-safe.
 */
public final class KeyHasher {

	/** The length of a hash in bytes. */
	public static final int LENGTH = 32;

	private static final String ALGORITHM = "HmacSHA256";

	/** Keyed once and copied for each use: setting a key up costs as much as hashing. */
	private final Map<String, Mac> prototypes = new LinkedHashMap<>();

	private final String currentId;

	public KeyHasher(MasterKeys keys) {
		this.currentId = keys.current().id();
		try {
			for (MasterKey key : keys.all()) {
				Mac mac = Mac.getInstance(ALGORITHM);
				mac.init(key.keyHash());
				this.prototypes.put(key.id(), mac);
			}
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("this Java runtime cannot hash by " + ALGORITHM, ex);
		}
	}

	/** Hashes under the current master key: what is to be stored of a new secret. */
	public KeyHash hash(String secret) {
		return hash(this.currentId, secret.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Hashes under every master key, the current one first: what a presented secret may
	 * be stored as. A secret stored under an older key is found for as long as that key
	 * is configured; see {@link #isCurrent} for storing it anew.
	 */
	public List<KeyHash> hashes(String presented) {
		byte[] bytes = presented.getBytes(StandardCharsets.UTF_8);
		if (this.prototypes.size() == 1) {
			return List.of(hash(this.currentId, bytes));
		}
		List<KeyHash> hashes = new ArrayList<>(this.prototypes.size());
		for (String id : this.prototypes.keySet()) {
			hashes.add(hash(id, bytes));
		}
		return hashes;
	}

	/** Returns whether the hash was made under the current master key. */
	public boolean isCurrent(KeyHash hash) {
		return this.currentId.equals(hash.masterKeyId());
	}

	private KeyHash hash(String id, byte[] secret) {
		Mac prototype = this.prototypes.get(id);
		if (prototype == null) {
			throw new IllegalStateException("no master key \"" + id + "\"");
		}
		try {
			return new KeyHash(id, ((Mac) prototype.clone()).doFinal(secret));
		}
		catch (CloneNotSupportedException ex) {
			throw new IllegalStateException("this Java runtime cannot copy a keyed " + ALGORITHM, ex);
		}
	}

}
