package io.exchequer.security;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.crypto.KeyHash;
import io.exchequer.registry.crypto.KeyHasher;
import io.exchequer.tenancy.KeySecrets;
import org.jspecify.annotations.Nullable;

import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Keeps the tokens of the admin API. Every change joins the caller's transaction.
 */
@Service
@Transactional
public class AdminTokens {

	private static final String PREFIX = "exqa_";

	private static final int NAME_MAX = 100;

	private final TokenRepository tokens;

	private final KeyHasher hasher;

	private final Clock clock;

	private final Uuid7 ids;

	AdminTokens(TokenRepository tokens, KeyHasher hasher, Clock clock) {
		this.tokens = tokens;
		this.hasher = hasher;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	/** Returns at most so many tokens with identifiers after the given one, in order. */
	public List<AdminToken> tokens(Collection<TenantId> scope, UUID after, int limit) {
		return this.tokens.page(scope.stream().map(TenantId::value).toList(), after, Limit.of(limit))
			.stream()
			.map(TokenEntity::toToken)
			.toList();
	}

	public Optional<AdminToken> token(Collection<TenantId> scope, UUID id) {
		return this.tokens.findIn(scope.stream().map(TenantId::value).toList(), id).map(TokenEntity::toToken);
	}

	/**
	 * Makes a token of random content.
	 * @throws ValidationProblem if the name or the expiry is not valid
	 * @throws ConflictProblem {@code name_taken}
	 */
	public Issued create(String name, Grant grant, @Nullable Instant expiresAt, String by) {
		Instant now = this.clock.instant();
		ValidationProblem.Collector problems = new ValidationProblem.Collector();
		problems.require(
				!name.isBlank() && name.length() <= NAME_MAX && name.chars().noneMatch(Character::isISOControl),
				"invalid_name", "name", "must have 1 to " + NAME_MAX + " printable characters");
		problems.require(expiresAt == null || expiresAt.isAfter(now), "already_past", "expiresAt",
				"must be later than now");
		problems.throwIfAny();
		String secret = KeySecrets.generate(PREFIX);
		TokenEntity token = new TokenEntity(this.ids.next(), name, grant, this.hasher.hash(secret),
				KeySecrets.shown(secret, false), now, by);
		if (this.tokens.findNamed(token.id.tenantId(), name).isPresent()) {
			throw new ConflictProblem("name_taken", "There is a token \"" + name + "\" already.");
		}
		token.expiresAt = expiresAt;
		return new Issued(this.tokens.save(token).toToken(), secret);
	}

	/**
	 * Makes a given secret the one of the platform administrator's token of that name,
	 * which is made where there is none. Nothing changes where it is that already, nor
	 * where a token with this secret was revoked: that was for good.
	 * @throws ValidationProblem if the secret is not acceptable, or another token's
	 * @throws ConflictProblem {@code name_taken} if the token of that name is another
	 * role's or expires: whoever made it did not mean an administrator's
	 */
	public Ensured ensurePlatformToken(String name, String secret) {
		if (!KeySecrets.acceptable(secret)) {
			throw ValidationProblem.of("invalid_secret", "secret", "must be " + KeySecrets.GIVEN_MIN + " to "
					+ KeySecrets.GIVEN_MAX + " printable characters without spaces");
		}
		List<TokenEntity> same = withSecret(secret);
		KeyHash hash = this.hasher.hash(secret);
		Optional<TokenEntity> revoked = same.stream().filter((token) -> token.revokedAt != null).findFirst();
		if (revoked.isPresent()) {
			// Known by the current master key, it is not forgotten with an older one.
			revoked.get().secret(hash, revoked.get().prefix);
			return new Ensured(Ensured.Outcome.REVOKED, this.tokens.save(revoked.get()).toToken());
		}
		String prefix = KeySecrets.shown(secret, true);
		TokenEntity token = this.tokens.findNamed(Audit.PLATFORM.value(), name).orElse(null);
		for (TokenEntity other : same) {
			if (token == null || !token.id.equals(other.id)) {
				throw ValidationProblem.of("secret_taken", "secret",
						"is the secret of the token \"" + other.name + "\"");
			}
		}
		if (token == null) {
			return new Ensured(Ensured.Outcome.CREATED,
					this.tokens
						.save(new TokenEntity(this.ids.next(), name, new Grant(Role.PLATFORM_ADMIN, null, null), hash,
								prefix, this.clock.instant(), "platform"))
						.toToken());
		}
		if (token.grant().role() != Role.PLATFORM_ADMIN || token.expiresAt != null) {
			throw new ConflictProblem("name_taken", "There is a token \"" + name + "\" already, of the role "
					+ token.role + ((token.expiresAt != null) ? ", which expires at " + token.expiresAt : "") + ".");
		}
		token.secret(hash, prefix);
		return new Ensured(same.isEmpty() ? Ensured.Outcome.CHANGED : Ensured.Outcome.UNCHANGED,
				this.tokens.save(token).toToken());
	}

	/**
	 * Revokes a token at once and for good.
	 * @throws NotFoundProblem if there is none in these tenants
	 */
	public AdminToken revoke(Collection<TenantId> scope, UUID id) {
		TokenEntity token = this.tokens.findIn(scope.stream().map(TenantId::value).toList(), id)
			.orElseThrow(() -> new NotFoundProblem("admin_token", id.toString()));
		if (token.revokedAt == null) {
			token.revokedAt = this.clock.instant();
		}
		return this.tokens.save(token).toToken();
	}

	/**
	 * Returns how many tokens that are accepted now are kept under each master key, by
	 * its identifier; none for a key under which nothing is kept.
	 */
	public Map<String, Long> tokensByMasterKey() {
		return this.tokens.byMasterKey(this.clock.instant())
			.stream()
			.collect(Collectors.toMap(TokenRepository.ByMasterKey::getMasterKey,
					TokenRepository.ByMasterKey::getTokens));
	}

	/**
	 * Returns the token that is presented, if it is accepted now. One that is kept under
	 * an older master key is kept under the current one from now on.
	 */
	Optional<AdminToken> authenticate(String presented) {
		Instant now = this.clock.instant();
		List<TokenEntity> found = withSecret(presented);
		if (found.stream().anyMatch((token) -> token.revokedAt != null)) {
			return Optional.empty(); // revoking one was meant to end its secret
		}
		return found.stream()
			.filter((token) -> token.expiresAt == null || now.isBefore(token.expiresAt))
			.min(Comparator.comparing((token) -> token.id.id()))
			.map((token) -> kept(token, presented));
	}

	private AdminToken kept(TokenEntity token, String secret) {
		if (!this.hasher.isCurrent(token.hash())) {
			// Not through the entity: of two requests at once, neither is to fail.
			KeyHash current = this.hasher.hash(secret);
			this.tokens.keep(token.id, token.secretHash, current.bytes(), current.masterKeyId());
		}
		return token.toToken();
	}

	/** Returns the tokens with a secret, whosever they are; usually one or none. */
	private List<TokenEntity> withSecret(String secret) {
		return this.hasher.hashes(secret)
			.stream()
			.flatMap((hash) -> this.tokens.findBySecretHash(hash.bytes())
				.stream()
				.filter((token) -> token.hash().equals(hash)))
			.toList();
	}

	/**
	 * What came of a given secret.
	 *
	 * @param outcome what was done
	 * @param token the token
	 */
	public record Ensured(Outcome outcome, AdminToken token) {

		/** What was done. */
		public enum Outcome {

			/** The token was made. */
			CREATED,
			/** The token has this secret from now on. */
			CHANGED,
			/** The token had this secret before. */
			UNCHANGED,
			/** The secret was revoked, and stays so. */
			REVOKED

		}

	}

	/**
	 * A token together with its secret, which is shown this once. Its text form never
	 * shows the secret.
	 *
	 * @param token the token
	 * @param secret what is presented
	 */
	public record Issued(AdminToken token, String secret) {

		@Override
		public String toString() {
			return "Issued[" + this.token + "]";
		}

	}

}
