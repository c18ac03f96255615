package io.exchequer.security;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

import io.exchequer.kernel.TenantId;
import io.exchequer.tenancy.TenancyAdministration;
import io.exchequer.tenancy.Tenant;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Finds out who acts, from what they presented. It reads the database each time, so that
 * a role that was taken away is gone with the next request.
 */
@Component
class ActorLookup {

	private final AdminTokens tokens;

	private final UserRepository users;

	private final MembershipRepository memberships;

	private final TenancyAdministration tenancy;

	private final CurrentActor current;

	private final TransactionTemplate transaction;

	ActorLookup(AdminTokens tokens, UserRepository users, MembershipRepository memberships,
			TenancyAdministration tenancy, CurrentActor current, TransactionTemplate transaction) {
		this.tokens = tokens;
		this.users = users;
		this.memberships = memberships;
		this.tenancy = tenancy;
		this.current = current;
		this.transaction = transaction;
	}

	/**
	 * Finds the actor of an admin token.
	 * @param tenant the name or identifier of the tenant to act in, or null
	 */
	Optional<Actor> byToken(String presented, @Nullable String tenant, String address) {
		return asPlatform(() -> this.tokens.authenticate(presented)
			.map((token) -> actor(Actor.Kind.ADMIN_TOKEN, token.id(), token.name(), "admin-token", address,
					Set.of(token.grant()), tenant)));
	}

	/**
	 * Finds the user of a session, unless the user is disabled or has another password
	 * since.
	 */
	Optional<Actor> byUser(UUID id, String credential, @Nullable String tenant, String method, String address) {
		return asPlatform(() -> this.users.findById(id)
			.filter((user) -> user.disabledAt == null)
			.filter((user) -> credential.equals(credential(user)))
			.map((user) -> actor(Actor.Kind.USER, id, user.email, method, address, grants(user), tenant)));
	}

	/** Finds who has an e-mail address and may sign in. */
	Optional<UserEntity> user(String email) {
		return asPlatform(
				() -> this.users.findByEmail(email.toLowerCase(Locale.ROOT)).filter((user) -> user.disabledAt == null));
	}

	/**
	 * Returns what a session remembers of a user's password, so that changing it ends the
	 * session. Part of a salted hash, it helps nobody to guess.
	 */
	static String credential(UserEntity user) {
		String hash = Objects.requireNonNullElse(user.passwordHash, "");
		return Integer.toHexString(hash.hashCode());
	}

	/** Reads in one transaction that may see every tenant's rows. */
	private <T> Optional<T> asPlatform(Supplier<Optional<T>> work) {
		Optional<T> found = this.current.runAs(Actor.PLATFORM, () -> this.transaction.execute((status) -> work.get()));
		return Objects.requireNonNullElse(found, Optional.empty());
	}

	private Set<Grant> grants(UserEntity user) {
		Set<Grant> grants = new LinkedHashSet<>();
		Role platformRole = user.platformRole();
		if (platformRole != null) {
			grants.add(new Grant(platformRole, null, null));
		}
		this.memberships.findByUserId(user.id)
			.stream()
			.sorted(Comparator.comparing((membership) -> membership.id.id()))
			.forEach((membership) -> grants.add(membership.grant()));
		return grants;
	}

	private Actor actor(Actor.Kind kind, UUID id, String name, String method, String address, Set<Grant> grants,
			@Nullable String asked) {
		List<TenantId> own = grants.stream().map(Grant::tenant).filter(Objects::nonNull).distinct().toList();
		boolean platform = grants.stream().anyMatch((grant) -> grant.tenant() == null);
		TenantId tenant;
		if (asked == null) {
			tenant = (platform || own.isEmpty()) ? null : own.getFirst();
		}
		else {
			tenant = find(asked).filter((found) -> platform || own.contains(found))
				.orElseThrow(() -> new UnknownTenantException(asked));
		}
		return new Actor(kind, id, name, method, address, grants, tenant);
	}

	private Optional<TenantId> find(String asked) {
		return uuid(asked).flatMap(this.tenancy::tenant).or(() -> this.tenancy.tenantNamed(asked)).map(Tenant::id);
	}

	private static Optional<TenantId> uuid(String text) {
		try {
			return Optional.of(new TenantId(UUID.fromString(text)));
		}
		catch (IllegalArgumentException ex) {
			return Optional.empty();
		}
	}

	/** The tenant that was asked for is not there, or not for whoever asks. */
	static final class UnknownTenantException extends RuntimeException {

		UnknownTenantException(String asked) {
			super("there is no tenant " + asked);
		}

	}

}
