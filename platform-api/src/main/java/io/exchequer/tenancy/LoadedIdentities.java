package io.exchequer.tenancy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.TenantId;
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

	private final OlderSecrets olderSecrets;

	private final Map<KeyId, Entry> byId;

	private final Map<KeyHash, Presented> bySecret;

	private final Map<TenantId, List<PortalEntry>> portals;

	LoadedIdentities(KeyHasher hasher, OlderSecrets olderSecrets, Map<KeyId, Entry> byId,
			Map<KeyHash, Presented> bySecret, List<PortalEntry> portals) {
		this.hasher = hasher;
		this.olderSecrets = olderSecrets;
		this.byId = byId;
		this.bySecret = bySecret;
		this.portals = portals.stream().collect(Collectors.groupingBy((portal) -> portal.key().identity().tenant()));
	}

	@Override
	public Authentication authenticate(String presented, Instant at) {
		List<KeyHash> hashes = this.hasher.hashes(presented);
		Presented found = null;
		KeyHash stored = hashes.getFirst();
		for (KeyHash hash : hashes) {
			Presented secret = this.bySecret.get(hash);
			if (secret != null) {
				found = secret;
				stored = hash;
			}
		}
		if (found == null) {
			return UNKNOWN;
		}
		Authentication result = found.at(at);
		if (result instanceof Authentication.Accepted && !this.hasher.isCurrent(stored)) {
			this.olderSecrets.accepted(found.id(), stored, hashes.getFirst());
		}
		return result;
	}

	@Override
	public Optional<KeyIdentity> key(KeyId id) {
		return Optional.ofNullable(this.byId.get(id)).map(Entry::identity);
	}

	@Override
	public Optional<KeyIdentity> usableKey(KeyId id, Instant at) {
		return Optional.ofNullable(this.byId.get(id)).filter((entry) -> entry.usable(at)).map(Entry::identity);
	}

	@Override
	public List<Portal> portals(TenantId tenant, Instant at) {
		return this.portals.getOrDefault(tenant, List.of())
			.stream()
			.filter((portal) -> portal.key().usable(at))
			.map((portal) -> new Portal(portal.project(), portal.key().identity()))
			.toList();
	}

	private static boolean over(@Nullable Instant end, Instant at) {
		return end != null && !at.isBefore(end);
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

		boolean usable(Instant at) {
			return !this.revoked && !over(this.expiresAt, at);
		}

	}

	/**
	 * A secret of a key.
	 *
	 * @param id its row
	 * @param key the key
	 * @param validUntil the end of its overlap, or null
	 */
	record Presented(OwnedId id, Entry key, @Nullable Instant validUntil) {

		Authentication at(Instant at) {
			if (this.key.revoked()) {
				return REVOKED;
			}
			return (over(this.validUntil, at) || over(this.key.expiresAt(), at)) ? EXPIRED : this.key.accepted();
		}

	}

	/**
	 * A key by which a project's people ask.
	 *
	 * @param project the project's name
	 * @param key the key
	 */
	record PortalEntry(String project, Entry key) {
	}

}
