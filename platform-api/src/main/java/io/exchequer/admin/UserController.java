package io.exchequer.admin;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

import io.exchequer.admin.Changes.Subject;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Change;
import io.exchequer.security.AccessControl;
import io.exchequer.security.Actor;
import io.exchequer.security.CurrentActor;
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
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * Users. A tenant's administrator sees those who have a role in the tenant; only the
 * platform's make and change them.
 */
@RestController
@RequestMapping(path = "/admin/v1/users", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "users")
class UserController {

	private final UserAdministration users;

	private final CurrentActor current;

	private final Changes changes;

	private final AccessControl access;

	UserController(UserAdministration users, CurrentActor current, Changes changes, AccessControl access) {
		this.users = users;
		this.current = current;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<UserResource> list(@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		int most = Page.limit(limit);
		Set<TenantId> tenants = this.access.scope(Permission.READ_ACCESS).tenants();
		TenantId tenant = this.current.require().tenant();
		List<User> found = (tenant == null) ? this.users.users(Page.after(cursor), most + 1)
				: this.users.users(tenants.iterator().next(), Page.after(cursor), most + 1);
		return Page.of(found, most, User::id).map(UserResource::of);
	}

	@GetMapping("/{id}")
	UserResource get(@PathVariable UUID id) {
		return UserResource.of(find(id));
	}

	private User find(UUID id) {
		this.access.scope(Permission.READ_ACCESS);
		Actor actor = this.current.require();
		TenantId tenant = actor.tenant();
		return this.users.user(id)
			.filter((user) -> tenant == null || this.users.isMember(tenant, id))
			.orElseThrow(() -> new NotFoundProblem("user", id.toString()));
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	UserResource create(@Valid @RequestBody UserBody body) {
		this.access.require(Permission.MANAGE_TENANTS);
		return this.changes.inTransaction(() -> {
			User user = this.users.create(body.email(), body.name(), body.password(), body.platformRole());
			return recorded(Change.created(UserResource.of(user)));
		});
	}

	/** Changes a user. A new password ends the user's sessions. */
	@PutMapping(path = "/{id}", consumes = MediaType.APPLICATION_JSON_VALUE)
	UserResource update(@PathVariable UUID id, @Valid @RequestBody UserChangeBody body) {
		this.access.require(Permission.MANAGE_TENANTS);
		return this.changes.inTransaction(() -> {
			User before = find(id);
			User after = this.users.update(id, body.displayName(), body.password(), body.platformRole(),
					Boolean.TRUE.equals(body.disabled()));
			Subject subject = new Subject("user", null, id.toString(), after.email());
			if (body.password() != null) {
				this.changes.record(subject, "set_password", null, null);
			}
			return recorded(Change.updated(UserResource.of(before), UserResource.of(after)));
		});
	}

	private UserResource recorded(Change<UserResource> change) {
		UserResource user = change.now();
		return this.changes.recorded(new Subject("user", null, user.id().toString(), user.email()), change).now();
	}

	/**
	 * A user to make.
	 *
	 * @param email its unique address
	 * @param displayName the name people read; the address by default
	 * @param password of 12 to 256 characters; none by default, for those who sign in
	 * some other way
	 * @param platformRole {@code platform-admin}, {@code platform-auditor}, or none
	 */
	record UserBody(@NotNull String email, @Nullable String displayName, @Nullable String password,
			@Nullable Role platformRole) {

		String name() {
			return Objects.requireNonNullElse(this.displayName, this.email);
		}

		@Override
		public String toString() {
			return "UserBody[" + this.email + "]";
		}

	}

	/**
	 * What a user is to be.
	 *
	 * @param displayName the name people read
	 * @param password a new one; the old one by default
	 * @param platformRole {@code platform-admin}, {@code platform-auditor}, or none
	 * @param disabled whether the user cannot sign in; false by default
	 */
	record UserChangeBody(@NotNull String displayName, @Nullable String password, @Nullable Role platformRole,
			@Nullable Boolean disabled) {

		@Override
		public String toString() {
			return "UserChangeBody[" + this.displayName + "]";
		}

	}

	/**
	 * A user.
	 *
	 * @param id its identifier
	 * @param email its unique address
	 * @param displayName the name people read
	 * @param platformRole its role on the whole platform, or null
	 * @param disabledAt since when it cannot sign in, or null
	 * @param createdAt when it was made
	 */
	record UserResource(UUID id, String email, String displayName, @Nullable Role platformRole,
			@Nullable Instant disabledAt, Instant createdAt) {

		static UserResource of(User user) {
			return new UserResource(user.id(), user.email(), user.displayName(), user.platformRole(), user.disabledAt(),
					user.createdAt());
		}

	}

}
