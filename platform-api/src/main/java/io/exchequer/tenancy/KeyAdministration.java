package io.exchequer.tenancy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.crypto.KeyHash;
import io.exchequer.registry.crypto.KeyHasher;
import org.jspecify.annotations.Nullable;

import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Keeps virtual keys and their secrets. Every change joins the caller's transaction. A
 * secret is returned when it is made and never again.
 */
@Service
@Transactional
public class KeyAdministration {

	/** The longest a replaced secret may go on being accepted. */
	public static final Duration OVERLAP_MAX = Duration.ofDays(30);

	/** What every generated virtual key begins with. */
	private static final String PREFIX = "exq_";

	private final KeyRepository keys;

	private final SecretRepository secrets;

	private final ProjectRepository projects;

	private final TenantRepository tenants;

	private final KeyHasher hasher;

	private final Clock clock;

	private final Uuid7 ids;

	KeyAdministration(KeyRepository keys, SecretRepository secrets, ProjectRepository projects,
			TenantRepository tenants, KeyHasher hasher, Clock clock) {
		this.keys = keys;
		this.secrets = secrets;
		this.projects = projects;
		this.tenants = tenants;
		this.hasher = hasher;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	/** Returns at most so many keys with identifiers after the given one, in order. */
	public List<VirtualKey> keys(Collection<TenantId> scope, UUID after, int limit) {
		List<UUID> tenants = scope.stream().map(TenantId::value).toList();
		return withSecrets(tenants, this.keys.page(tenants, after, Limit.of(limit)));
	}

	public Optional<VirtualKey> key(Collection<TenantId> scope, KeyId id) {
		List<UUID> tenants = scope.stream().map(TenantId::value).toList();
		return this.keys.findIn(tenants, id.value()).map(this::toKey);
	}

	/** Returns the project's key of that name that is not revoked. */
	public Optional<VirtualKey> keyNamed(TenantId tenant, ProjectId project, String name) {
		return this.keys.findNamed(tenant.value(), project.value(), name).map(this::toKey);
	}

	/** Returns whether the project ever had a key of that name that is revoked now. */
	public boolean wasRevoked(TenantId tenant, ProjectId project, String name) {
		return this.keys.anyRevoked(tenant.value(), project.value(), name);
	}

	/**
	 * Makes a key.
	 * @param given the secret it is to have, of at least {@value KeySecrets#GIVEN_MIN}
	 * characters, or null for a random one
	 * @param by who makes it
	 * @throws ValidationProblem if the draft or the secret is not valid, or the project
	 * is not one of the tenant's in use
	 * @throws ConflictProblem {@code name_taken}, {@code secret_taken} or
	 * {@code portal_key_taken}, or {@code archived} if the tenant is
	 */
	public IssuedKey createKey(TenantId tenant, KeyDraft draft, @Nullable String given, String by) {
		return createKey(tenant, draft, given, by, this.clock.instant());
	}

	/**
	 * Makes a key as a record of it says, which may be one that has expired since.
	 * @see #createKey(TenantId, KeyDraft, String, String)
	 */
	public IssuedKey recreateKey(TenantId tenant, KeyDraft draft, @Nullable String given, String by) {
		return createKey(tenant, draft, given, by, null);
	}

	private IssuedKey createKey(TenantId tenant, KeyDraft draft, @Nullable String given, String by,
			@Nullable Instant expiresAfter) {
		Instant now = this.clock.instant();
		Drafts.check(draft, expiresAfter);
		requireTenantInUse(tenant);
		requireProject(tenant, draft.project());
		requireNameFree(tenant, draft.project(), draft.name());
		requirePortalFree(tenant, draft);
		KeyEntity key = this.keys.save(new KeyEntity(tenant, this.ids.next(), now, by, draft));
		String secret = addSecret(key, given, now);
		return new IssuedKey(toKey(key), secret);
	}

	/**
	 * Changes a key that is not revoked.
	 * @throws ValidationProblem if the draft is not valid, or gives another project
	 * @throws ConflictProblem {@code name_taken}, {@code key_revoked} or
	 * {@code portal_key_taken}
	 */
	public VirtualKey updateKey(TenantId tenant, KeyId id, KeyDraft draft) {
		KeyEntity key = usable(tenant, id);
		boolean sameExpiry = Objects.equals(key.expiresAt, draft.expiresAt());
		Drafts.check(draft, sameExpiry ? null : this.clock.instant());
		if (!key.projectId.equals(draft.project().value())) {
			throw ValidationProblem.of("project_is_fixed", "project",
					"a key stays in its project, where its costs were booked");
		}
		if (!key.name.equals(draft.name())) {
			requireNameFree(tenant, draft.project(), draft.name());
		}
		if (!key.portal) {
			requirePortalFree(tenant, draft);
		}
		key.apply(draft);
		return toKey(this.keys.save(key));
	}

	/**
	 * Gives a key a new random secret; the earlier ones go on being accepted for the
	 * overlap.
	 * @param overlap zero to {@link #OVERLAP_MAX}
	 * @throws ConflictProblem {@code key_revoked}
	 */
	public IssuedKey rotateKey(TenantId tenant, KeyId id, Duration overlap) {
		if (overlap.isNegative() || overlap.compareTo(OVERLAP_MAX) > 0) {
			throw ValidationProblem.of("invalid_overlap", "overlap", "must be from PT0S to " + OVERLAP_MAX);
		}
		KeyEntity key = usable(tenant, id);
		Instant now = this.clock.instant();
		retireSecrets(key, now.plus(overlap));
		String secret = addSecret(key, null, now);
		return new IssuedKey(toKey(key), secret);
	}

	/**
	 * Makes a given secret the key's one secret; nothing changes where it is that
	 * already.
	 * @return whether anything changed
	 * @throws ValidationProblem if the secret is not valid
	 * @throws ConflictProblem {@code key_revoked} or {@code secret_taken}
	 */
	public boolean giveSecret(TenantId tenant, KeyId id, String given) {
		KeyEntity key = usable(tenant, id);
		Instant now = this.clock.instant();
		List<KeyHash> hashes = this.hasher.hashes(given);
		boolean same = ofKey(key).stream()
			.filter((secret) -> secret.validUntil == null)
			.anyMatch((secret) -> hashes.contains(secret.hash()));
		if (same) {
			return false;
		}
		retireSecrets(key, now);
		addSecret(key, given, now);
		return true;
	}

	/**
	 * Returns how many secrets that are accepted now are kept under each master key, by
	 * its identifier; none for a key under which nothing is kept.
	 */
	public Map<String, Long> secretsByMasterKey() {
		return this.secrets.byMasterKey(this.clock.instant())
			.stream()
			.collect(Collectors.toMap(SecretRepository.ByMasterKey::getMasterKey,
					SecretRepository.ByMasterKey::getSecrets));
	}

	/** Revokes a key at once and for good. */
	public VirtualKey revokeKey(TenantId tenant, KeyId id) {
		KeyEntity key = entity(tenant, id);
		if (key.revokedAt == null) {
			key.revokedAt = this.clock.instant();
		}
		return toKey(this.keys.save(key));
	}

	private String addSecret(KeyEntity key, @Nullable String given, Instant now) {
		if (given != null && !KeySecrets.acceptable(given)) {
			throw ValidationProblem.of("invalid_secret", "secret", "must be " + KeySecrets.GIVEN_MIN + " to "
					+ KeySecrets.GIVEN_MAX + " printable characters without spaces");
		}
		String secret = (given != null) ? given : KeySecrets.generate(PREFIX);
		for (KeyHash hash : this.hasher.hashes(secret)) {
			if (!this.secrets.findBySecretHash(hash.bytes()).isEmpty()) {
				throw new ConflictProblem("secret_taken", "The secret was given to a key before: choose another.");
			}
		}
		this.secrets.save(new SecretEntity(key.id, this.ids.next(), now, this.hasher.hash(secret),
				KeySecrets.shown(secret, given != null)));
		return secret;
	}

	private void retireSecrets(KeyEntity key, Instant validUntil) {
		for (SecretEntity secret : ofKey(key)) {
			if (secret.validUntil == null || secret.validUntil.isAfter(validUntil)) {
				secret.validUntil = validUntil;
				this.secrets.save(secret);
			}
		}
	}

	private void requireTenantInUse(TenantId id) {
		TenantEntity tenant = this.tenants.findShared(id.value())
			.orElseThrow(() -> new NotFoundProblem("tenant", id.toString()));
		if (tenant.archivedAt != null) {
			throw new ConflictProblem("archived", "The tenant \"" + tenant.name + "\" is archived.");
		}
	}

	private void requireProject(TenantId tenant, ProjectId project) {
		boolean inUse = this.projects.findShared(new OwnedId(tenant.value(), project.value()))
			.filter((found) -> found.archivedAt == null)
			.isPresent();
		if (!inUse) {
			throw ValidationProblem.of("unknown_project", "project", "must be a project in use of the same tenant");
		}
	}

	private void requireNameFree(TenantId tenant, ProjectId project, String name) {
		Drafts.requireNoIdentifier(name);
		if (this.keys.findNamed(tenant.value(), project.value(), name).isPresent()) {
			throw new ConflictProblem("name_taken", "The project has a key \"" + name + "\" already.");
		}
	}

	private void requirePortalFree(TenantId tenant, KeyDraft draft) {
		if (draft.portal()) {
			this.keys.findPortal(tenant.value(), draft.project().value()).ifPresent((other) -> {
				throw new ConflictProblem("portal_key_taken",
						"The project's key \"" + other.name + "\" is its portal key already: a project has one.");
			});
		}
	}

	private KeyEntity usable(TenantId tenant, KeyId id) {
		KeyEntity key = entity(tenant, id);
		if (key.revokedAt != null) {
			throw new ConflictProblem("key_revoked", "The key is revoked for good: make another.");
		}
		return key;
	}

	private KeyEntity entity(TenantId tenant, KeyId id) {
		return this.keys.findById(new OwnedId(tenant.value(), id.value()))
			.orElseThrow(() -> new NotFoundProblem("key", id.toString()));
	}

	private VirtualKey toKey(KeyEntity key) {
		return key.toKey(ofKey(key));
	}

	private List<SecretEntity> ofKey(KeyEntity key) {
		return this.secrets.ofKeys(List.of(key.id.tenantId()), List.of(key.id.id()));
	}

	private List<VirtualKey> withSecrets(List<UUID> tenants, List<KeyEntity> page) {
		Map<UUID, List<SecretEntity>> byKey = this.secrets
			.ofKeys(tenants, page.stream().map((key) -> key.id.id()).toList())
			.stream()
			.collect(Collectors.groupingBy((secret) -> secret.keyId));
		List<VirtualKey> result = new ArrayList<>(page.size());
		page.forEach((key) -> result.add(key.toKey(byKey.getOrDefault(key.id.id(), List.of()))));
		return result;
	}

}
