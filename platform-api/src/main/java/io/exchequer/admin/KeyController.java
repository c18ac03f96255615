package io.exchequer.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

import io.exchequer.admin.ConfigurationFile.KeyEntry;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.security.AccessControl;
import io.exchequer.security.AccessControl.Scope;
import io.exchequer.security.Permission;
import io.exchequer.tenancy.IssuedKey;
import io.exchequer.tenancy.KeyAdministration;
import io.exchequer.tenancy.Project;
import io.exchequer.tenancy.VirtualKey;
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
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Virtual keys. A secret is told once, when it is made. */
@RestController
@RequestMapping(path = "/admin/v1/keys", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "keys")
class KeyController {

	private final KeyAdministration keys;

	private final TenancyCommands commands;

	private final References references;

	private final Changes changes;

	private final AccessControl access;

	KeyController(KeyAdministration keys, TenancyCommands commands, References references, Changes changes,
			AccessControl access) {
		this.keys = keys;
		this.commands = commands;
		this.references = references;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<VirtualKey> list(@RequestParam(required = false) @Nullable String tenant,
			@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		int most = Page.limit(limit);
		Scope scope = this.access.scope(Permission.READ_KEYS);
		Set<TenantId> tenants = this.references.tenants(scope, tenant);
		Page<VirtualKey> page = Page.of(this.keys.keys(tenants, Page.after(cursor), most + 1), most,
				(key) -> key.id().value());
		return new Page<>(page.items().stream().filter((key) -> this.references.visible(scope, key)).toList(),
				page.nextCursor());
	}

	/** Finds a key by its identifier. */
	@GetMapping("/{key}")
	VirtualKey get(@PathVariable String key, @RequestParam(required = false) @Nullable String tenant) {
		return this.references.key(Permission.READ_KEYS, key, tenant);
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	IssuedResource create(@RequestParam(required = false) @Nullable String tenant, @Valid @RequestBody KeyBody body) {
		TenantId id = this.references.tenant(Permission.WRITE_KEYS, tenant);
		Project project = this.references.project(Set.of(id), body.project());
		this.access.require(Permission.WRITE_KEYS, id, project.team());
		if (body.secret() != null) {
			// Whether a secret is taken shows across tenants.
			this.access.require(Permission.APPLY);
		}
		return IssuedResource
			.of(this.changes.inTransaction(() -> this.commands.create(id, project.id(), body.entry())));
	}

	@PutMapping(path = "/{key}", consumes = MediaType.APPLICATION_JSON_VALUE)
	VirtualKey update(@PathVariable String key, @RequestParam(required = false) @Nullable String tenant,
			@Valid @RequestBody KeyBody body) {
		return this.changes.inTransaction(() -> {
			VirtualKey before = this.references.key(Permission.WRITE_KEYS, key, tenant);
			if (body.secret() != null) {
				throw ValidationProblem.of("secret_is_fixed", "secret", "rotate the key to give it a new secret");
			}
			if (!this.references.project(Set.of(before.tenant()), body.project()).id().equals(before.project())) {
				throw ValidationProblem.of("project_is_fixed", "project", "a key stays in its project");
			}
			return this.commands.update(before, body.entry()).now();
		});
	}

	/**
	 * Gives a key a new secret; the old one is accepted for the overlap, 24 hours by
	 * default.
	 */
	@PostMapping("/{key}/rotate")
	IssuedResource rotate(@PathVariable String key, @RequestParam(required = false) @Nullable String tenant,
			@RequestParam(required = false) @Nullable Duration overlap) {
		return IssuedResource.of(this.changes
			.inTransaction(() -> this.commands.rotate(this.references.key(Permission.WRITE_KEYS, key, tenant),
					Objects.requireNonNullElse(overlap, Duration.ofHours(24)))));
	}

	/** Revokes a key at once and for good. */
	@DeleteMapping("/{key}")
	VirtualKey revoke(@PathVariable String key, @RequestParam(required = false) @Nullable String tenant) {
		return this.changes
			.inTransaction(() -> this.commands.revoke(this.references.key(Permission.WRITE_KEYS, key, tenant)));
	}

	/**
	 * A virtual key.
	 *
	 * @param name its name, unique in the project
	 * @param project its project's name or identifier
	 * @param secret the secret it is to have, for platform administrators; random by
	 * default
	 * @param allowedNames the models, aliases and deployments it may ask for; {@code *}
	 * everything, none by default
	 * @param allowedTasks the tasks it may be used for; {@code *} everything, none by
	 * default
	 * @param requestsPerMinute at most this many requests in a calendar minute
	 * @param tokensPerMinute at most this many tokens in a calendar minute
	 * @param tags none by default
	 * @param expiresAt from when it is not accepted; never by default
	 * @param portal whether the project's people may ask by it with the console's
	 * session, at most one key of a project; false by default
	 */
	record KeyBody(@NotNull String name, @NotNull String project, @Nullable String secret,
			@Nullable List<@NotNull String> allowedNames, @Nullable List<@NotNull String> allowedTasks,
			@Nullable Integer requestsPerMinute, @Nullable Integer tokensPerMinute,
			@Nullable List<@NotNull String> tags, @Nullable Instant expiresAt, @Nullable Boolean portal) {

		KeyEntry entry() {
			return new KeyEntry(this.name, this.secret, this.allowedNames, this.allowedTasks, this.requestsPerMinute,
					this.tokensPerMinute, this.tags, this.expiresAt, this.portal);
		}

		@Override
		public String toString() {
			return "KeyBody[" + this.name + "]";
		}

	}

	/**
	 * A key with its secret, which is told this once.
	 *
	 * @param id the key's identifier
	 * @param secret what clients present
	 * @param key the key
	 */
	record IssuedResource(UUID id, String secret, VirtualKey key) {

		static IssuedResource of(IssuedKey issued) {
			return new IssuedResource(issued.key().id().value(), issued.secret(), issued.key());
		}

		@Override
		public String toString() {
			return "IssuedResource[" + this.key + "]";
		}

	}

}
