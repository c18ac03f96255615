package io.exchequer.tenancy;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import io.exchequer.kernel.KeyId;
import io.exchequer.registry.crypto.KeyHash;
import io.exchequer.registry.crypto.KeyHasher;
import org.jspecify.annotations.Nullable;

/**
 * Keys in memory, found by the keyed hash of their secrets: how long a look-up takes says
 * nothing about any secret, and the state of a key is told only to who presents it.
 */
final class LoadedIdentities implements IdentitySnapshot {

	private static final Authentication UNKNOWN = new Authentication.Unknown();

	private static final Authentication EXPIRED = new Authentication.Expired();

	private static final Authentication REVOKED = new Authentication.Revoked();

	private final KeyHasher hasher;

	private final Map<KeyId, Entry> byId;

	private final Map<KeyHash, Presented> bySecret;

	LoadedIdentities(KeyHasher hasher, Map<KeyId, Entry> byId, Map<KeyHash, Presented> bySecret) {
		this.hasher = hasher;
		this.byId = byId;
		this.bySecret = bySecret;
	}

	@Override
	public Authentication authenticate(String presented, Instant at) {
		Presented found = null;
		for (KeyHash hash : this.hasher.hashes(presented)) {
			Presented secret = this.bySecret.get(hash);
			found = (secret != null) ? secret : found;
		}
		return (found != null) ? found.at(at) : UNKNOWN;
	}

	@Override
	public Optional<KeyIdentity> key(KeyId id) {
		return Optional.ofNullable(this.byId.get(id)).map(Entry::identity);
	}

	/**
	 * A key.
	 *
	 * @param identity what the gateway knows of it
	 * @param expiresAt from when it is not accepted, or null
	 * @param revoked whether it, its project, its team or its tenant is out of use
	 * @param accepted the answer while it is accepted, made once
	 */
	record Entry(KeyIdentity identity, @Nullable Instant expiresAt, boolean revoked, Authentication accepted) {

		Entry(KeyIdentity identity, @Nullable Instant expiresAt, boolean revoked) {
			this(identity, expiresAt, revoked, new Authentication.Accepted(identity));
		}

	}

	/**
	 * A secret of a key.
	 *
	 * @param key the key
	 * @param validUntil the end of its overlap, or null
	 */
	record Presented(Entry key, @Nullable Instant validUntil) {

		Authentication at(Instant at) {
			if (this.key.revoked()) {
				return REVOKED;
			}
			return (over(this.validUntil, at) || over(this.key.expiresAt(), at)) ? EXPIRED : this.key.accepted();
		}

		private static boolean over(@Nullable Instant end, Instant at) {
			return end != null && !at.isBefore(end);
		}

	}

}
