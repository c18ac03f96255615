package io.exchequer.admin;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Put;
import io.exchequer.routing.PolicyAdministration.PolicyVersion;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.security.AccessControl;
import io.exchequer.security.Permission;
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

/** Routing policies of a tenant, and their versions. */
@RestController
@RequestMapping(path = "/admin/v1/routing-policies", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "routing-policies")
class PolicyController {

	private final PolicyCommands policies;

	private final References references;

	private final Changes changes;

	private final AccessControl access;

	PolicyController(PolicyCommands policies, References references, Changes changes, AccessControl access) {
		this.policies = policies;
		this.references = references;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<PolicyResource> list(@RequestParam(required = false) @Nullable String tenant) {
		Set<TenantId> tenants = this.references.tenants(this.access.scope(Permission.READ_POLICIES), tenant);
		return this.changes.inTransaction(() -> Page.whole(tenants.stream()
			.sorted((one, other) -> one.value().compareTo(other.value()))
			.flatMap((id) -> this.policies.list(id).stream())
			.map(PolicyResource::of)
			.toList()));
	}

	@GetMapping("/{name}")
	PolicyResource get(@PathVariable String name, @RequestParam(required = false) @Nullable String tenant) {
		TenantId id = this.references.tenant(Permission.READ_POLICIES, tenant);
		return this.changes.inTransaction(() -> PolicyResource.of(this.policies.find(id, name)));
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	PolicyResource create(@RequestParam(required = false) @Nullable String tenant,
			@Valid @RequestBody PolicyEntry body) {
		TenantId id = writable(tenant);
		return this.changes.inTransaction(() -> PolicyResource.of(this.policies.put(id, body, Put.CREATE).now()));
	}

	/** Gives a policy a new version. */
	@PutMapping(path = "/{name}", consumes = MediaType.APPLICATION_JSON_VALUE)
	PolicyResource update(@PathVariable String name, @RequestParam(required = false) @Nullable String tenant,
			@Valid @RequestBody PolicyEntry body) {
		if (!body.name().equals(name)) {
			throw ValidationProblem.of("name_is_fixed", "name", "must be the name in the path");
		}
		TenantId id = writable(tenant);
		return this.changes.inTransaction(() -> PolicyResource.of(this.policies.put(id, body, Put.UPDATE).now()));
	}

	@DeleteMapping("/{name}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void delete(@PathVariable String name, @RequestParam(required = false) @Nullable String tenant) {
		TenantId id = writable(tenant);
		this.changes.inTransaction(() -> {
			this.policies.delete(id, name);
			return name;
		});
	}

	@GetMapping("/{name}/versions")
	Page<VersionResource> versions(@PathVariable String name, @RequestParam(required = false) @Nullable String tenant) {
		TenantId id = this.references.tenant(Permission.READ_POLICIES, tenant);
		return this.changes.inTransaction(() -> {
			this.policies.find(id, name);
			return Page.whole(this.policies.versions(id, name).stream().map(VersionResource::of).toList());
		});
	}

	/** Puts an earlier version back in force. */
	@PostMapping(path = "/{name}/rollback", consumes = MediaType.APPLICATION_JSON_VALUE)
	PolicyResource rollBack(@PathVariable String name, @RequestParam(required = false) @Nullable String tenant,
			@Valid @RequestBody RollbackBody body) {
		TenantId id = writable(tenant);
		return this.changes.inTransaction(() -> PolicyResource.of(this.policies.rollBack(id, name, body.version())));
	}

	private TenantId writable(@Nullable String tenant) {
		TenantId id = this.references.tenant(Permission.WRITE_POLICIES, tenant);
		this.access.require(Permission.WRITE_POLICIES, id);
		return id;
	}

	/**
	 * Which version to go back to.
	 *
	 * @param version the version's number
	 */
	record RollbackBody(@NotNull Integer version) {
	}

	/**
	 * A policy.
	 *
	 * @param tenant whose
	 * @param version its version's number
	 * @param versionId its version's identifier, which decision records carry
	 * @param policy what it says
	 */
	record PolicyResource(UUID tenant, int version, UUID versionId, PolicyEntry policy) {

		static PolicyResource of(RoutingPolicy policy) {
			return new PolicyResource(policy.tenant().value(), policy.version(), policy.versionId(),
					PolicyEntry.of(policy));
		}

	}

	/**
	 * A version of a policy.
	 *
	 * @param version its number
	 * @param versionId its identifier
	 * @param current whether it is in force
	 * @param createdAt when it was made
	 * @param createdBy by whom
	 * @param policy what it says
	 */
	record VersionResource(int version, UUID versionId, boolean current, Instant createdAt, String createdBy,
			PolicyEntry policy) {

		static VersionResource of(PolicyVersion version) {
			return new VersionResource(version.policy().version(), version.policy().versionId(), version.current(),
					version.createdAt(), version.createdBy(), PolicyEntry.of(version.policy()));
		}

	}

}
