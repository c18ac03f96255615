package io.exchequer.security;

import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.tenancy.TenancyAdministration;
import org.jspecify.annotations.Nullable;

import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Keeps users and their memberships. Every change joins the caller's transaction.
 */
@Service
@Transactional
public class UserAdministration {

	static final int PASSWORD_MIN = 12;

	static final int PASSWORD_MAX = 256;

	private static final Pattern EMAIL = Pattern.compile("[^\\s\\p{Cntrl}@\"<>]{1,64}@[^\\s\\p{Cntrl}@\"<>]{1,190}");

	private static final int DISPLAY_NAME_MAX = 200;

	private final UserRepository users;

	private final MembershipRepository memberships;

	private final TenancyAdministration tenancy;

	private final Passwords passwords;

	private final Clock clock;

	private final Uuid7 ids;

	UserAdministration(UserRepository users, MembershipRepository memberships, TenancyAdministration tenancy,
			Passwords passwords, Clock clock) {
		this.users = users;
		this.memberships = memberships;
		this.tenancy = tenancy;
		this.passwords = passwords;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	/** Returns at most so many users with identifiers after the given one, in order. */
	public List<User> users(UUID after, int limit) {
		return this.users.findByIdGreaterThanOrderById(after, Limit.of(limit))
			.stream()
			.map(UserEntity::toUser)
			.toList();
	}

	/** The same, of those who have a role in a tenant. */
	public List<User> users(TenantId tenant, UUID after, int limit) {
		return this.users.pageOf(tenant.value(), after, Limit.of(limit)).stream().map(UserEntity::toUser).toList();
	}

	public Optional<User> user(UUID id) {
		return this.users.findById(id).map(UserEntity::toUser);
	}

	public Optional<User> userByEmail(String email) {
		return this.users.findByEmail(email.toLowerCase(Locale.ROOT)).map(UserEntity::toUser);
	}

	/** Returns whether a user has a role in a tenant. */
	public boolean isMember(TenantId tenant, UUID user) {
		return this.memberships.isMember(tenant.value(), user);
	}

	/**
	 * Makes a user.
	 * @param password of {@value #PASSWORD_MIN} to {@value #PASSWORD_MAX} characters, or
	 * null for somebody who signs in some other way
	 * @param platformRole a role on the whole platform, or null
	 * @throws ValidationProblem if anything is not valid
	 * @throws ConflictProblem {@code email_taken}
	 */
	public User create(String email, String displayName, @Nullable String password, @Nullable Role platformRole) {
		String lower = email.toLowerCase(Locale.ROOT);
		ValidationProblem.Collector problems = new ValidationProblem.Collector();
		problems.require(EMAIL.matcher(lower).matches(), "invalid_email", "email", "must be an e-mail address");
		check(problems, displayName, password, platformRole);
		problems.throwIfAny();
		if (this.users.findByEmail(lower).isPresent()) {
			throw new ConflictProblem("email_taken", "There is a user with this address already.");
		}
		UserEntity user = new UserEntity(this.ids.next(), this.clock.instant(), lower, displayName);
		user.passwordHash = (password != null) ? this.passwords.hash(password) : null;
		user.platformRole = (platformRole != null) ? platformRole.text() : null;
		return this.users.save(user).toUser();
	}

	/**
	 * Changes a user.
	 * @param password a new password, or null to keep the old one
	 * @param platformRole the role on the whole platform from now on, or null for none
	 * @param disabled whether the user cannot sign in from now on
	 * @throws ValidationProblem if anything is not valid
	 */
	public User update(UUID id, String displayName, @Nullable String password, @Nullable Role platformRole,
			boolean disabled) {
		ValidationProblem.Collector problems = new ValidationProblem.Collector();
		check(problems, displayName, password, platformRole);
		problems.throwIfAny();
		UserEntity user = this.users.findById(id).orElseThrow(() -> new NotFoundProblem("user", id.toString()));
		user.displayName = displayName;
		user.platformRole = (platformRole != null) ? platformRole.text() : null;
		if (password != null) {
			user.passwordHash = this.passwords.hash(password);
		}
		if (!disabled) {
			user.disabledAt = null;
		}
		else if (user.disabledAt == null) {
			user.disabledAt = this.clock.instant();
		}
		return this.users.save(user).toUser();
	}

	private static void check(ValidationProblem.Collector problems, String displayName, @Nullable String password,
			@Nullable Role platformRole) {
		problems.require(
				!displayName.isBlank() && displayName.length() <= DISPLAY_NAME_MAX
						&& displayName.chars().noneMatch(Character::isISOControl),
				"invalid_display_name", "displayName", "must have 1 to " + DISPLAY_NAME_MAX + " printable characters");
		problems.require(password == null || (password.length() >= PASSWORD_MIN && password.length() <= PASSWORD_MAX),
				"invalid_password", "password", "must have " + PASSWORD_MIN + " to " + PASSWORD_MAX + " characters");
		problems.require(platformRole == null || platformRole.reach() == Role.Reach.PLATFORM, "invalid_role",
				"platformRole", "must be platform-admin or platform-auditor");
	}

	/** Returns at most so many memberships with identifiers after the given one. */
	public List<Membership> memberships(Collection<TenantId> scope, UUID after, int limit) {
		return this.memberships.page(scope.stream().map(TenantId::value).toList(), after, Limit.of(limit))
			.stream()
			.map(MembershipEntity::toMembership)
			.toList();
	}

	public Optional<Membership> membership(Collection<TenantId> scope, UUID id) {
		return this.memberships.findIn(scope.stream().map(TenantId::value).toList(), id)
			.map(MembershipEntity::toMembership);
	}

	/**
	 * Gives a user a role in a tenant.
	 * @throws ValidationProblem if the user or the team is not there, or the role and the
	 * team do not go together
	 * @throws ConflictProblem {@code already_member}
	 */
	public Membership join(TenantId tenant, UUID user, Role role, @Nullable TeamId team) {
		ValidationProblem.Collector problems = new ValidationProblem.Collector();
		problems.require(role.reach() != Role.Reach.PLATFORM, "invalid_role", "role",
				"must be tenant-admin, team-lead, member or auditor");
		problems.require((team != null) == (role.reach() == Role.Reach.TEAM), "invalid_team", "team",
				"goes with team-lead and member, and only with them");
		problems.require(team == null || this.tenancy.team(List.of(tenant), team).isPresent(), "unknown_team", "team",
				"must be a team of the same tenant");
		problems.require(this.users.findById(user).isPresent(), "unknown_user", "user", "must be a user");
		problems.throwIfAny();
		Grant grant = new Grant(role, tenant, team);
		boolean there = this.memberships.findByUserId(user)
			.stream()
			.anyMatch((membership) -> membership.grant().equals(grant));
		if (there) {
			throw new ConflictProblem("already_member", "The user has this role already.");
		}
		return this.memberships.save(new MembershipEntity(this.ids.next(), user, grant, tenant, this.clock.instant()))
			.toMembership();
	}

	/**
	 * Takes a role from a user.
	 * @throws NotFoundProblem if there is no such membership in these tenants
	 */
	public Membership leave(Collection<TenantId> scope, UUID id) {
		MembershipEntity membership = this.memberships.findIn(scope.stream().map(TenantId::value).toList(), id)
			.orElseThrow(() -> new NotFoundProblem("membership", id.toString()));
		this.memberships.delete(membership);
		return membership.toMembership();
	}

}
