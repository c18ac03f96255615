package io.exchequer.admin;

import java.util.Objects;

import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Put;
import io.exchequer.security.AccessControl;
import io.exchequer.security.AccessControl.Scope;
import io.exchequer.security.Permission;
import io.exchequer.tenancy.TenancyAdministration;
import io.exchequer.tenancy.Tenant;
import io.exchequer.tenancy.TenantDraft;
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

/** Tenants. */
@RestController
@RequestMapping(path = "/admin/v1/tenants", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "tenants")
class TenantController {

	private final TenancyAdministration tenancy;

	private final TenancyCommands commands;

	private final References references;

	private final Changes changes;

	private final AccessControl access;

	TenantController(TenancyAdministration tenancy, TenancyCommands commands, References references, Changes changes,
			AccessControl access) {
		this.tenancy = tenancy;
		this.commands = commands;
		this.references = references;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<Tenant> list(@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		int most = Page.limit(limit);
		Scope scope = this.access.scope(Permission.READ_TENANTS);
		return Page.of(this.tenancy.tenants(scope.tenants(), Page.after(cursor), most + 1), most,
				(tenant) -> tenant.id().value());
	}

	/** Finds a tenant by its identifier or its name. */
	@GetMapping("/{tenant}")
	Tenant get(@PathVariable String tenant) {
		return find(this.references.tenant(Permission.READ_TENANTS, tenant));
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	Tenant create(@Valid @RequestBody TenantBody body) {
		this.access.require(Permission.MANAGE_TENANTS);
		return this.changes.inTransaction(() -> this.commands.put(body.draft(), Put.CREATE).now());
	}

	/** Changes a tenant, and puts an archived one back into use. */
	@PutMapping(path = "/{tenant}", consumes = MediaType.APPLICATION_JSON_VALUE)
	Tenant update(@PathVariable String tenant, @Valid @RequestBody TenantBody body) {
		TenantId id = this.references.tenant(Permission.WRITE_TENANT, tenant);
		return this.changes.inTransaction(() -> {
			if (find(id).archivedAt() != null) {
				this.access.require(Permission.MANAGE_TENANTS);
			}
			return this.commands.update(id, body.draft()).now();
		});
	}

	/** Archives a tenant: none of its keys is accepted from then on. */
	@DeleteMapping("/{tenant}")
	Tenant archive(@PathVariable String tenant) {
		this.access.require(Permission.MANAGE_TENANTS);
		TenantId id = this.references.tenant(Permission.MANAGE_TENANTS, tenant);
		return this.changes.inTransaction(() -> this.commands.archive(id).now());
	}

	private Tenant find(TenantId id) {
		return this.tenancy.tenant(id).orElseThrow(() -> new NotFoundProblem("tenant", id.toString()));
	}

	/**
	 * A tenant.
	 *
	 * @param name its unique name, which never changes
	 * @param displayName the name people read; the name by default
	 * @param storesAnswers whether answers are stored; false by default
	 */
	record TenantBody(@NotNull String name, @Nullable String displayName, @Nullable Boolean storesAnswers) {

		TenantDraft draft() {
			return new TenantDraft(this.name, Objects.requireNonNullElse(this.displayName, this.name),
					Boolean.TRUE.equals(this.storesAnswers));
		}

	}

}
