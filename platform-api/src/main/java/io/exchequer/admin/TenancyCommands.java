package io.exchequer.admin;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import io.exchequer.admin.Changes.Subject;
import io.exchequer.admin.ConfigurationFile.KeyEntry;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Change;
import io.exchequer.registry.Put;
import io.exchequer.security.CurrentActor;
import io.exchequer.tenancy.IssuedKey;
import io.exchequer.tenancy.KeyAdministration;
import io.exchequer.tenancy.KeyDraft;
import io.exchequer.tenancy.Project;
import io.exchequer.tenancy.ProjectDraft;
import io.exchequer.tenancy.Team;
import io.exchequer.tenancy.TeamDraft;
import io.exchequer.tenancy.TenancyAdministration;
import io.exchequer.tenancy.Tenant;
import io.exchequer.tenancy.TenantDraft;
import io.exchequer.tenancy.VirtualKey;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Changes tenants, teams, projects and keys, and records it. Each joins the caller's
 * transaction.
 */
@Component
class TenancyCommands {

	private final TenancyAdministration tenancy;

	private final KeyAdministration keys;

	private final CurrentActor current;

	private final Changes changes;

	TenancyCommands(TenancyAdministration tenancy, KeyAdministration keys, CurrentActor current, Changes changes) {
		this.tenancy = tenancy;
		this.keys = keys;
		this.current = current;
		this.changes = changes;
	}

	Optional<Tenant> tenantNamed(String name) {
		return this.tenancy.tenantNamed(name);
	}

	Change<Tenant> put(TenantDraft draft, Put put) {
		Tenant before = this.tenancy.tenantNamed(draft.name()).orElse(null);
		if (before == null || put == Put.CREATE) {
			return recorded(Change.created(this.tenancy.createTenant(draft)));
		}
		return recorded(Change.updated(before, this.tenancy.updateTenant(before.id(), draft)));
	}

	Change<Tenant> update(TenantId id, TenantDraft draft) {
		Tenant before = this.tenancy.tenant(id).orElseThrow(() -> new NotFoundProblem("tenant", id.toString()));
		return recorded(Change.updated(before, this.tenancy.updateTenant(id, draft)));
	}

	Change<Tenant> archive(TenantId id) {
		Tenant before = this.tenancy.tenant(id).orElseThrow(() -> new NotFoundProblem("tenant", id.toString()));
		return recorded(Change.updated(before, this.tenancy.archiveTenant(id)));
	}

	private Change<Tenant> recorded(Change<Tenant> change) {
		Tenant tenant = change.now();
		return this.changes.recorded(new Subject("tenant", tenant.id(), tenant.id().toString(), tenant.name()), change);
	}

	Change<Team> put(TenantId tenant, TeamDraft draft, Put put) {
		Team before = this.tenancy.teamNamed(tenant, draft.name()).orElse(null);
		if (before == null || put == Put.CREATE) {
			return recordedTeam(Change.created(this.tenancy.createTeam(tenant, draft)));
		}
		return recordedTeam(Change.updated(before, this.tenancy.updateTeam(tenant, before.id(), draft)));
	}

	Change<Team> update(Team before, TeamDraft draft) {
		return recordedTeam(Change.updated(before, this.tenancy.updateTeam(before.tenant(), before.id(), draft)));
	}

	Change<Team> archive(Team before) {
		return recordedTeam(Change.updated(before, this.tenancy.archiveTeam(before.tenant(), before.id())));
	}

	private Change<Team> recordedTeam(Change<Team> change) {
		Team team = change.now();
		return this.changes.recorded(new Subject("team", team.tenant(), team.id().toString(), team.name()), change);
	}

	Change<Project> put(TenantId tenant, ProjectDraft draft, Put put) {
		Project before = this.tenancy.projectNamed(tenant, draft.name()).orElse(null);
		if (before == null || put == Put.CREATE) {
			return recordedProject(Change.created(this.tenancy.createProject(tenant, draft)));
		}
		return recordedProject(Change.updated(before, this.tenancy.updateProject(tenant, before.id(), draft)));
	}

	Change<Project> update(Project before, ProjectDraft draft) {
		return recordedProject(Change.updated(before, this.tenancy.updateProject(before.tenant(), before.id(), draft)));
	}

	Change<Project> archive(Project before) {
		return recordedProject(Change.updated(before, this.tenancy.archiveProject(before.tenant(), before.id())));
	}

	private Change<Project> recordedProject(Change<Project> change) {
		Project project = change.now();
		return this.changes.recorded(new Subject("project", project.tenant(), project.id().toString(), project.name()),
				change);
	}

	/** Makes a key; its secret is in the answer this once. */
	IssuedKey create(TenantId tenant, ProjectId project, KeyEntry entry) {
		return recorded(this.keys.createKey(tenant, draft(project, entry), entry.secret(), by()));
	}

	private IssuedKey recorded(IssuedKey issued) {
		recordedKey(Change.created(issued.key()));
		return issued;
	}

	private String by() {
		return this.current.require().name();
	}

	Change<VirtualKey> update(VirtualKey before, KeyEntry entry) {
		VirtualKey after = this.keys.updateKey(before.tenant(), before.id(), draft(before.project(), entry));
		String secret = entry.secret();
		if (secret != null && this.keys.giveSecret(before.tenant(), before.id(), secret)) {
			after = key(before.tenant(), before.id());
		}
		return recordedKey(Change.updated(before, after));
	}

	/**
	 * Makes a key or changes it, as a file says; one that has expired since the file was
	 * written is made all the same.
	 * @throws ConflictProblem {@code key_revoked} if the project had a key of that name,
	 * which was revoked: a file does not bring it back
	 */
	KeyChange put(TenantId tenant, ProjectId project, KeyEntry entry) {
		VirtualKey before = this.keys.keyNamed(tenant, project, entry.name()).orElse(null);
		if (before != null) {
			return new KeyChange(update(before, entry), null);
		}
		if (this.keys.wasRevoked(tenant, project, entry.name())) {
			throw new ConflictProblem("key_revoked", "The key \"" + entry.name()
					+ "\" was revoked for good: take it out of the file, or give the new key another name.");
		}
		IssuedKey issued = recorded(this.keys.recreateKey(tenant, draft(project, entry), entry.secret(), by()));
		return new KeyChange(Change.created(issued.key()), (entry.secret() == null) ? issued.secret() : null);
	}

	IssuedKey rotate(VirtualKey before, Duration overlap) {
		IssuedKey issued = this.keys.rotateKey(before.tenant(), before.id(), overlap);
		this.changes.record(subject(before), "rotate", before, issued.key());
		return issued;
	}

	VirtualKey revoke(VirtualKey before) {
		VirtualKey after = this.keys.revokeKey(before.tenant(), before.id());
		if (!after.equals(before)) {
			this.changes.record(subject(before), "revoke", before, after);
		}
		return after;
	}

	private VirtualKey key(TenantId tenant, KeyId id) {
		return this.keys.key(List.of(tenant), id).orElseThrow(() -> new NotFoundProblem("key", id.toString()));
	}

	private Change<VirtualKey> recordedKey(Change<VirtualKey> change) {
		return this.changes.recorded(subject(change.now()), change);
	}

	private static Subject subject(VirtualKey key) {
		return new Subject("key", key.tenant(), key.id().toString(), key.name());
	}

	private static KeyDraft draft(ProjectId project, KeyEntry entry) {
		return new KeyDraft(entry.name(), project, Objects.requireNonNullElse(entry.allowedNames(), List.of()),
				Objects.requireNonNullElse(entry.allowedTasks(), List.of()), entry.requestsPerMinute(),
				entry.tokensPerMinute(), Objects.requireNonNullElse(entry.tags(), List.of()), entry.expiresAt(),
				Boolean.TRUE.equals(entry.portal()));
	}

	static TeamDraft team(String name, @Nullable String displayName, @Nullable String costCentre,
			@Nullable List<String> tags) {
		return new TeamDraft(name, Objects.requireNonNullElse(displayName, name), costCentre,
				Objects.requireNonNullElse(tags, List.of()));
	}

	static ProjectDraft project(String name, TeamId team, @Nullable String displayName, @Nullable String costCentre,
			@Nullable List<String> tags) {
		return new ProjectDraft(name, team, Objects.requireNonNullElse(displayName, name), costCentre,
				Objects.requireNonNullElse(tags, List.of()));
	}

	/**
	 * What came of putting a key.
	 *
	 * @param change the change
	 * @param secret the random secret of a new key, or null
	 */
	record KeyChange(Change<VirtualKey> change, @Nullable String secret) {

		@Override
		public String toString() {
			return "KeyChange[" + this.change.kind() + "]";
		}

	}

}
