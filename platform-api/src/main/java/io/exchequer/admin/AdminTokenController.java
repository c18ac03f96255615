package io.exchequer.admin;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

import io.exchequer.admin.Changes.Subject;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.security.AccessControl;
import io.exchequer.security.AdminToken;
import io.exchequer.security.AdminTokens;
import io.exchequer.security.Audit;
import io.exchequer.security.CurrentActor;
import io.exchequer.security.Grant;
import io.exchequer.security.Permission;
import io.exchequer.security.Role;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Tokens of the admin API, each bound to a role. A secret is told once. */
@RestController
@RequestMapping(path = "/admin/v1/admin-tokens", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "admin-tokens")
class AdminTokenController {

	private final AdminTokens tokens;

	private final References references;

	private final CurrentActor current;

	private final Changes changes;

	private final AccessControl access;

	AdminTokenController(AdminTokens tokens, References references, CurrentActor current, Changes changes,
			AccessControl access) {
		this.tokens = tokens;
		this.references = references;
		this.current = current;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<TokenResource> list(@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		int most = Page.limit(limit);
		return Page
			.of(this.tokens.tokens(scope(Permission.READ_ACCESS), Page.after(cursor), most + 1), most, AdminToken::id)
			.map(TokenResource::of);
	}

	@GetMapping("/{id}")
	TokenResource get(@PathVariable UUID id) {
		return TokenResource.of(find(Permission.READ_ACCESS, id));
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	IssuedToken create(@RequestParam(required = false) @Nullable String tenant, @Valid @RequestBody TokenBody body) {
		Grant grant = grant(tenant, body);
		return this.changes.inTransaction(() -> {
			AdminTokens.Issued issued = this.tokens.create(body.name(), grant, body.expiresAt(),
					this.current.require().name());
			TokenResource token = TokenResource.of(issued.token());
			this.changes.record(subject(issued.token()), "create", null, token);
			return new IssuedToken(token.id(), issued.secret(), token);
		});
	}

	private Grant grant(@Nullable String tenant, TokenBody body) {
		if (body.role().reach() == Role.Reach.PLATFORM) {
			this.access.require(Permission.MANAGE_TENANTS);
			return new Grant(body.role(), null, null);
		}
		TenantId id = this.references.tenant(Permission.WRITE_ACCESS, tenant);
		this.access.require(Permission.WRITE_ACCESS, id);
		String team = body.team();
		if ((team != null) != (body.role().reach() == Role.Reach.TEAM)) {
			throw ValidationProblem.of("invalid_team", "team", "goes with team-lead and member, and only with them");
		}
		TeamId teamId = (team != null) ? this.references.team(Set.of(id), team).id() : null;
		return new Grant(body.role(), id, teamId);
	}

	/** Revokes a token at once and for good. */
	@DeleteMapping("/{id}")
	TokenResource revoke(@PathVariable UUID id) {
		return this.changes.inTransaction(() -> {
			AdminToken before = find(Permission.WRITE_ACCESS, id);
			AdminToken after = this.tokens.revoke(scope(Permission.WRITE_ACCESS), id);
			if (!after.equals(before)) {
				this.changes.record(subject(after), "revoke", TokenResource.of(before), TokenResource.of(after));
			}
			return TokenResource.of(after);
		});
	}

	private AdminToken find(Permission permission, UUID id) {
		return this.tokens.token(scope(permission), id)
			.orElseThrow(() -> new NotFoundProblem("admin_token", id.toString()));
	}

	private Set<TenantId> scope(Permission permission) {
		Set<TenantId> tenants = new HashSet<>(this.access.scope(permission).tenants());
		if (this.current.require().tenant() == null) {
			tenants.add(Audit.PLATFORM);
		}
		return tenants;
	}

	private static Subject subject(AdminToken token) {
		return new Subject("admin_token", token.grant().tenant(), token.id().toString(), token.name());
	}

	/**
	 * A token to make.
	 *
	 * @param name its name, unique in its tenant
	 * @param role what it may do
	 * @param team the name or identifier of the team, for team-lead and member
	 * @param expiresAt from when it is not accepted; never by default
	 */
	record TokenBody(@NotNull String name, @NotNull Role role, @Nullable String team, @Nullable Instant expiresAt) {
	}

	/**
	 * A token with its secret, which is told this once.
	 *
	 * @param id the token's identifier
	 * @param secret what is presented
	 * @param token the token
	 */
	record IssuedToken(UUID id, String secret, TokenResource token) {

		@Override
		public String toString() {
			return "IssuedToken[" + this.token + "]";
		}

	}

	/**
	 * A token.
	 *
	 * @param id its identifier
	 * @param name its name
	 * @param role what it may do
	 * @param tenant its tenant, or null for the platform's roles
	 * @param team its team, or null
	 * @param prefix the secret's first characters
	 * @param createdAt when it was made
	 * @param createdBy who made it
	 * @param expiresAt from when it is not accepted, or null
	 * @param revokedAt since when it is revoked, or null
	 */
	record TokenResource(UUID id, String name, Role role, @Nullable TenantId tenant, @Nullable TeamId team,
			String prefix, Instant createdAt, String createdBy, @Nullable Instant expiresAt,
			@Nullable Instant revokedAt) {

		static TokenResource of(AdminToken token) {
			return new TokenResource(token.id(), token.name(), token.grant().role(), token.grant().tenant(),
					token.grant().team(), token.prefix(), token.createdAt(), token.createdBy(), token.expiresAt(),
					token.revokedAt());
		}

	}

}
