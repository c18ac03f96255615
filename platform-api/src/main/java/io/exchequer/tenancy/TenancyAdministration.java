package io.exchequer.tenancy;

import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import io.exchequer.kernel.ValidationProblem;

import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Keeps tenants, teams and projects. Every change joins the caller's transaction; what
 * has a history is archived, never deleted. Lists take the tenants whose rows are wanted,
 * and never return another's.
 */
@Service
@Transactional
public class TenancyAdministration {

	private final TenantRepository tenants;

	private final TeamRepository teams;

	private final ProjectRepository projects;

	private final KeyRepository keys;

	private final Clock clock;

	private final Uuid7 ids;

	TenancyAdministration(TenantRepository tenants, TeamRepository teams, ProjectRepository projects,
			KeyRepository keys, Clock clock) {
		this.tenants = tenants;
		this.teams = teams;
		this.projects = projects;
		this.keys = keys;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	/**
	 * Returns the identifiers of every tenant the connection may see, archived or not.
	 */
	public Set<TenantId> tenantIds() {
		return this.tenants.findIds().stream().map(TenantId::new).collect(Collectors.toUnmodifiableSet());
	}

	/** Returns at most so many tenants with identifiers after the given one, in order. */
	public List<Tenant> tenants(Collection<TenantId> scope, UUID after, int limit) {
		return this.tenants.findByIdInAndIdGreaterThanOrderById(uuids(scope), after, Limit.of(limit))
			.stream()
			.map(TenantEntity::toTenant)
			.toList();
	}

	public Optional<Tenant> tenant(TenantId id) {
		return this.tenants.findById(id.value()).map(TenantEntity::toTenant);
	}

	public Optional<Tenant> tenantNamed(String name) {
		return this.tenants.findByName(name).map(TenantEntity::toTenant);
	}

	/**
	 * Makes a tenant.
	 * @throws ValidationProblem if the draft is not valid
	 * @throws ConflictProblem {@code name_taken}
	 */
	public Tenant createTenant(TenantDraft draft) {
		Drafts.check(draft);
		Drafts.requireNoIdentifier(draft.name());
		if (this.tenants.findByName(draft.name()).isPresent()) {
			throw taken("tenant", draft.name());
		}
		return this.tenants.save(new TenantEntity(this.ids.next(), this.clock.instant(), draft)).toTenant();
	}

	/**
	 * Changes a tenant, and puts an archived one back into use.
	 * @throws ValidationProblem if the draft is not valid, or gives another name
	 */
	public Tenant updateTenant(TenantId id, TenantDraft draft) {
		Drafts.check(draft);
		TenantEntity entity = tenantEntity(id);
		if (!entity.name.equals(draft.name())) {
			throw ValidationProblem.of("name_is_fixed", "name", "a tenant's name never changes");
		}
		entity.apply(draft);
		entity.archivedAt = null;
		return this.tenants.save(entity).toTenant();
	}

	/** Takes a tenant out of use: none of its keys is accepted from then on. */
	public Tenant archiveTenant(TenantId id) {
		TenantEntity entity = this.tenants.findLocked(id.value())
			.orElseThrow(() -> new NotFoundProblem("tenant", id.toString()));
		if (entity.archivedAt == null) {
			entity.archivedAt = this.clock.instant();
		}
		return this.tenants.save(entity).toTenant();
	}

	/** Returns at most so many teams with identifiers after the given one, in order. */
	public List<Team> teams(Collection<TenantId> scope, UUID after, int limit) {
		return this.teams.page(uuids(scope), after, Limit.of(limit)).stream().map(TeamEntity::toTeam).toList();
	}

	public Optional<Team> team(Collection<TenantId> scope, TeamId id) {
		return this.teams.findIn(uuids(scope), id.value()).map(TeamEntity::toTeam);
	}

	/** Returns the teams in use of that name, at most one in each tenant. */
	public List<Team> teamsNamed(Collection<TenantId> scope, String name) {
		return this.teams.findAllNamed(uuids(scope), name).stream().map(TeamEntity::toTeam).toList();
	}

	/** Returns the team in use of that name. */
	public Optional<Team> teamNamed(TenantId tenant, String name) {
		return this.teams.findNamed(tenant.value(), name).map(TeamEntity::toTeam);
	}

	/**
	 * Makes a team.
	 * @throws ValidationProblem if the draft is not valid
	 * @throws ConflictProblem {@code name_taken}, or {@code archived} if the tenant is
	 */
	public Team createTeam(TenantId tenant, TeamDraft draft) {
		Drafts.check(draft);
		requireTenantInUse(tenant);
		requireTeamNameFree(tenant, draft.name());
		return this.teams.save(new TeamEntity(tenant, this.ids.next(), this.clock.instant(), draft)).toTeam();
	}

	/**
	 * Changes a team in use.
	 * @throws ValidationProblem if the draft is not valid
	 * @throws ConflictProblem {@code name_taken} or {@code archived}
	 */
	public Team updateTeam(TenantId tenant, TeamId id, TeamDraft draft) {
		Drafts.check(draft);
		TeamEntity entity = teamEntity(tenant, id);
		requireInUse(entity.archivedAt == null, "team", entity.name);
		if (!entity.name.equals(draft.name())) {
			requireTeamNameFree(tenant, draft.name());
		}
		entity.apply(draft);
		return this.teams.save(entity).toTeam();
	}

	/**
	 * Takes a team out of use.
	 * @throws ConflictProblem {@code team_in_use} while it has projects in use
	 */
	public Team archiveTeam(TenantId tenant, TeamId id) {
		TeamEntity entity = this.teams.findLocked(new OwnedId(tenant.value(), id.value()))
			.orElseThrow(() -> new NotFoundProblem("team", id.toString()));
		if (this.projects.anyInUse(tenant.value(), id.value())) {
			throw new ConflictProblem("team_in_use",
					"The team \"" + entity.name + "\" has projects in use: archive or move them first.");
		}
		if (entity.archivedAt == null) {
			entity.archivedAt = this.clock.instant();
		}
		return this.teams.save(entity).toTeam();
	}

	/**
	 * Returns at most so many projects with identifiers after the given one, in order.
	 */
	public List<Project> projects(Collection<TenantId> scope, UUID after, int limit) {
		return this.projects.page(uuids(scope), after, Limit.of(limit)).stream().map(ProjectEntity::toProject).toList();
	}

	public Optional<Project> project(Collection<TenantId> scope, ProjectId id) {
		return this.projects.findIn(uuids(scope), id.value()).map(ProjectEntity::toProject);
	}

	/** Returns the projects in use of that name, at most one in each tenant. */
	public List<Project> projectsNamed(Collection<TenantId> scope, String name) {
		return this.projects.findAllNamed(uuids(scope), name).stream().map(ProjectEntity::toProject).toList();
	}

	/** Returns the project in use of that name. */
	public Optional<Project> projectNamed(TenantId tenant, String name) {
		return this.projects.findNamed(tenant.value(), name).map(ProjectEntity::toProject);
	}

	/**
	 * Makes a project.
	 * @throws ValidationProblem if the draft is not valid, or its team is not one of the
	 * tenant's in use
	 * @throws ConflictProblem {@code name_taken}, or {@code archived} if the tenant is
	 */
	public Project createProject(TenantId tenant, ProjectDraft draft) {
		Drafts.check(draft);
		requireTenantInUse(tenant);
		requireTeam(tenant, draft);
		requireProjectNameFree(tenant, draft.name());
		return this.projects.save(new ProjectEntity(tenant, this.ids.next(), this.clock.instant(), draft)).toProject();
	}

	/**
	 * Changes a project in use.
	 * @throws ValidationProblem if the draft is not valid, or its team is not one of the
	 * tenant's in use
	 * @throws ConflictProblem {@code name_taken} or {@code archived}
	 */
	public Project updateProject(TenantId tenant, ProjectId id, ProjectDraft draft) {
		Drafts.check(draft);
		requireTeam(tenant, draft);
		ProjectEntity entity = projectEntity(tenant, id);
		requireInUse(entity.archivedAt == null, "project", entity.name);
		if (!entity.name.equals(draft.name())) {
			requireProjectNameFree(tenant, draft.name());
		}
		entity.apply(draft);
		return this.projects.save(entity).toProject();
	}

	/**
	 * Takes a project out of use.
	 * @throws ConflictProblem {@code project_in_use} while it has keys that are not
	 * revoked
	 */
	public Project archiveProject(TenantId tenant, ProjectId id) {
		ProjectEntity entity = this.projects.findLocked(new OwnedId(tenant.value(), id.value()))
			.orElseThrow(() -> new NotFoundProblem("project", id.toString()));
		if (this.keys.anyInUse(tenant.value(), id.value())) {
			throw new ConflictProblem("project_in_use",
					"The project \"" + entity.name + "\" has keys in use: revoke them first.");
		}
		if (entity.archivedAt == null) {
			entity.archivedAt = this.clock.instant();
		}
		return this.projects.save(entity).toProject();
	}

	private void requireTenantInUse(TenantId id) {
		TenantEntity tenant = this.tenants.findShared(id.value())
			.orElseThrow(() -> new NotFoundProblem("tenant", id.toString()));
		requireInUse(tenant.archivedAt == null, "tenant", tenant.name);
	}

	private void requireTeam(TenantId tenant, ProjectDraft draft) {
		boolean inUse = this.teams.findShared(new OwnedId(tenant.value(), draft.team().value()))
			.filter((team) -> team.archivedAt == null)
			.isPresent();
		if (!inUse) {
			throw ValidationProblem.of("unknown_team", "team", "must be a team in use of the same tenant");
		}
	}

	private void requireTeamNameFree(TenantId tenant, String name) {
		Drafts.requireNoIdentifier(name);
		if (this.teams.findNamed(tenant.value(), name).isPresent()) {
			throw taken("team", name);
		}
	}

	private void requireProjectNameFree(TenantId tenant, String name) {
		Drafts.requireNoIdentifier(name);
		if (this.projects.findNamed(tenant.value(), name).isPresent()) {
			throw taken("project", name);
		}
	}

	private TenantEntity tenantEntity(TenantId id) {
		return this.tenants.findById(id.value()).orElseThrow(() -> new NotFoundProblem("tenant", id.toString()));
	}

	private TeamEntity teamEntity(TenantId tenant, TeamId id) {
		return this.teams.findById(new OwnedId(tenant.value(), id.value()))
			.orElseThrow(() -> new NotFoundProblem("team", id.toString()));
	}

	private ProjectEntity projectEntity(TenantId tenant, ProjectId id) {
		return this.projects.findById(new OwnedId(tenant.value(), id.value()))
			.orElseThrow(() -> new NotFoundProblem("project", id.toString()));
	}

	private static void requireInUse(boolean inUse, String resource, String name) {
		if (!inUse) {
			throw new ConflictProblem("archived",
					"The " + resource + " \"" + name + "\" is archived and does not change any more.");
		}
	}

	private static ConflictProblem taken(String resource, String name) {
		return new ConflictProblem("name_taken", "There is a " + resource + " \"" + name + "\" already.");
	}

	private static List<UUID> uuids(Collection<TenantId> scope) {
		return scope.stream().map(TenantId::value).toList();
	}

}
