package io.exchequer.admin;

import java.util.List;
import java.util.Set;

import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Put;
import io.exchequer.security.AccessControl;
import io.exchequer.security.AccessControl.Scope;
import io.exchequer.security.Permission;
import io.exchequer.tenancy.Team;
import io.exchequer.tenancy.TeamDraft;
import io.exchequer.tenancy.TenancyAdministration;
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

/** Teams of a tenant. */
@RestController
@RequestMapping(path = "/admin/v1/teams", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "teams")
class TeamController {

	private final TenancyAdministration tenancy;

	private final TenancyCommands commands;

	private final References references;

	private final Changes changes;

	private final AccessControl access;

	TeamController(TenancyAdministration tenancy, TenancyCommands commands, References references, Changes changes,
			AccessControl access) {
		this.tenancy = tenancy;
		this.commands = commands;
		this.references = references;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<Team> list(@RequestParam(required = false) @Nullable String tenant,
			@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		int most = Page.limit(limit);
		Set<TenantId> tenants = this.references.tenants(this.access.scope(Permission.READ_STRUCTURE), tenant);
		return Page.of(this.tenancy.teams(tenants, Page.after(cursor), most + 1), most, (team) -> team.id().value());
	}

	/** Finds a team by its identifier or its name. */
	@GetMapping("/{team}")
	Team get(@PathVariable String team, @RequestParam(required = false) @Nullable String tenant) {
		return this.references.team(this.references.tenants(this.access.scope(Permission.READ_STRUCTURE), tenant),
				team);
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	Team create(@RequestParam(required = false) @Nullable String tenant, @Valid @RequestBody TeamBody body) {
		TenantId id = this.references.tenant(Permission.WRITE_TEAMS, tenant);
		this.access.require(Permission.WRITE_TEAMS, id);
		return this.changes.inTransaction(() -> this.commands.put(id, body.draft(), Put.CREATE).now());
	}

	@PutMapping(path = "/{team}", consumes = MediaType.APPLICATION_JSON_VALUE)
	Team update(@PathVariable String team, @RequestParam(required = false) @Nullable String tenant,
			@Valid @RequestBody TeamBody body) {
		return this.changes.inTransaction(() -> this.commands.update(writable(team, tenant), body.draft()).now());
	}

	/** Archives a team that has no projects in use. */
	@DeleteMapping("/{team}")
	Team archive(@PathVariable String team, @RequestParam(required = false) @Nullable String tenant) {
		return this.changes.inTransaction(() -> this.commands.archive(writable(team, tenant)).now());
	}

	private Team writable(String reference, @Nullable String tenant) {
		Scope scope = this.access.scope(Permission.WRITE_TEAMS);
		return this.references.team(this.references.tenants(scope, tenant), reference);
	}

	/**
	 * A team.
	 *
	 * @param name its name, unique in the tenant
	 * @param displayName the name people read; the name by default
	 * @param costCentre a reporting tag
	 * @param tags none by default
	 */
	record TeamBody(@NotNull String name, @Nullable String displayName, @Nullable String costCentre,
			@Nullable List<@NotNull String> tags) {

		TeamDraft draft() {
			return TenancyCommands.team(this.name, this.displayName, this.costCentre, this.tags);
		}

	}

}
