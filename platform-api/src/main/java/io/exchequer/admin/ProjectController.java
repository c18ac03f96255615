package io.exchequer.admin;

import java.util.List;
import java.util.Set;

import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Put;
import io.exchequer.security.AccessControl;
import io.exchequer.security.AccessControl.Scope;
import io.exchequer.security.Permission;
import io.exchequer.tenancy.Project;
import io.exchequer.tenancy.ProjectDraft;
import io.exchequer.tenancy.Team;
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

/** Projects of a team. */
@RestController
@RequestMapping(path = "/admin/v1/projects", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "projects")
class ProjectController {

	private final TenancyAdministration tenancy;

	private final TenancyCommands commands;

	private final References references;

	private final Changes changes;

	private final AccessControl access;

	ProjectController(TenancyAdministration tenancy, TenancyCommands commands, References references, Changes changes,
			AccessControl access) {
		this.tenancy = tenancy;
		this.commands = commands;
		this.references = references;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<Project> list(@RequestParam(required = false) @Nullable String tenant,
			@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		int most = Page.limit(limit);
		Set<TenantId> tenants = this.references.tenants(this.access.scope(Permission.READ_STRUCTURE), tenant);
		return Page.of(this.tenancy.projects(tenants, Page.after(cursor), most + 1), most,
				(project) -> project.id().value());
	}

	/** Finds a project by its identifier or its name. */
	@GetMapping("/{project}")
	Project get(@PathVariable String project, @RequestParam(required = false) @Nullable String tenant) {
		Scope scope = this.access.scope(Permission.READ_STRUCTURE);
		return this.references.project(this.references.tenants(scope, tenant), project);
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	Project create(@RequestParam(required = false) @Nullable String tenant, @Valid @RequestBody ProjectBody body) {
		TenantId id = this.references.tenant(Permission.WRITE_PROJECTS, tenant);
		Team team = this.references.team(Set.of(id), body.team());
		this.access.require(Permission.WRITE_PROJECTS, id, team.id());
		return this.changes.inTransaction(() -> this.commands.put(id, body.draft(team.id()), Put.CREATE).now());
	}

	@PutMapping(path = "/{project}", consumes = MediaType.APPLICATION_JSON_VALUE)
	Project update(@PathVariable String project, @RequestParam(required = false) @Nullable String tenant,
			@Valid @RequestBody ProjectBody body) {
		return this.changes.inTransaction(() -> {
			Project before = writable(project, tenant);
			Team team = this.references.team(Set.of(before.tenant()), body.team());
			this.access.require(Permission.WRITE_PROJECTS, before.tenant(), team.id());
			return this.commands.update(before, body.draft(team.id())).now();
		});
	}

	/** Archives a project that has no keys in use. */
	@DeleteMapping("/{project}")
	Project archive(@PathVariable String project, @RequestParam(required = false) @Nullable String tenant) {
		return this.changes.inTransaction(() -> this.commands.archive(writable(project, tenant)).now());
	}

	private Project writable(String reference, @Nullable String tenant) {
		Scope scope = this.access.scope(Permission.WRITE_PROJECTS);
		Project project = this.references.project(this.references.tenants(scope, tenant), reference);
		this.access.require(Permission.WRITE_PROJECTS, project.tenant(), project.team());
		return project;
	}

	/**
	 * A project.
	 *
	 * @param name its name, unique in the tenant
	 * @param team its team's name or identifier
	 * @param displayName the name people read; the name by default
	 * @param costCentre a reporting tag; the team's by default
	 * @param tags none by default
	 */
	record ProjectBody(@NotNull String name, @NotNull String team, @Nullable String displayName,
			@Nullable String costCentre, @Nullable List<@NotNull String> tags) {

		ProjectDraft draft(TeamId id) {
			return TenancyCommands.project(this.name, id, this.displayName, this.costCentre, this.tags);
		}

	}

}
