package io.exchequer.admin;

import java.util.Set;
import java.util.UUID;

import io.exchequer.admin.Changes.Subject;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Change;
import io.exchequer.security.AccessControl;
import io.exchequer.security.CurrentActor;
import io.exchequer.security.Membership;
import io.exchequer.security.Permission;
import io.exchequer.security.Role;
import io.exchequer.security.User;
import io.exchequer.security.UserAdministration;
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

/** Users' roles in tenants and teams. */
@RestController
@RequestMapping(path = "/admin/v1/memberships", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "users")
class MembershipController {

	private final UserAdministration users;

	private final CurrentActor current;

	private final References references;

	private final Changes changes;

	private final AccessControl access;

	MembershipController(UserAdministration users, CurrentActor current, References references, Changes changes,
			AccessControl access) {
		this.users = users;
		this.current = current;
		this.references = references;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<Membership> list(@RequestParam(required = false) @Nullable String tenant,
			@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		int most = Page.limit(limit);
		Set<TenantId> tenants = this.references.tenants(this.access.scope(Permission.READ_ACCESS), tenant);
		return Page.of(this.users.memberships(tenants, Page.after(cursor), most + 1), most, Membership::id);
	}

	/**
	 * Gives a user a role. A tenant's administrator gives roles to those who have one in
	 * the tenant already; whoever else there is, only the platform's know and bring in.
	 */
	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	Membership join(@RequestParam(required = false) @Nullable String tenant, @Valid @RequestBody MembershipBody body) {
		TenantId id = this.references.tenant(Permission.WRITE_ACCESS, tenant);
		this.access.require(Permission.WRITE_ACCESS, id);
		String reference = body.team();
		TeamId team = (reference != null) ? this.references.team(Set.of(id), reference).id() : null;
		return this.changes.inTransaction(() -> {
			User user = this.users.userByEmail(body.email())
				.filter((found) -> this.current.require().platformWide() || this.users.isMember(id, found.id()))
				.orElseThrow(() -> ValidationProblem.of("unknown_user", "email",
						"is not the address of a user with a role in the tenant; a platform administrator gives the "
								+ "first one"));
			Membership membership = this.users.join(id, user.id(), body.role(), team);
			this.changes.recorded(subject(membership), Change.created(membership));
			return membership;
		});
	}

	@DeleteMapping("/{id}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void leave(@PathVariable UUID id) {
		Set<TenantId> tenants = this.access.scope(Permission.WRITE_ACCESS).tenants();
		this.changes.inTransaction(() -> {
			Membership membership = this.users.leave(tenants, id);
			return this.changes.recorded(subject(membership), Change.deleted(membership));
		});
	}

	private static Subject subject(Membership membership) {
		return new Subject("membership", membership.tenant(), membership.id().toString(), membership.role().text());
	}

	/**
	 * A role to give.
	 *
	 * @param email the user's address
	 * @param role {@code tenant-admin}, {@code team-lead}, {@code member} or
	 * {@code auditor}
	 * @param team the name or identifier of the team, for team-lead and member
	 */
	record MembershipBody(@NotNull String email, @NotNull Role role, @Nullable String team) {
	}

}
