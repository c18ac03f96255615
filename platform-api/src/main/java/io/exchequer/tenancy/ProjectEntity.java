package io.exchequer.tenancy;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import org.jspecify.annotations.Nullable;

@Entity
@Table(name = "project")
class ProjectEntity {

	@EmbeddedId
	OwnedId id;

	@Version
	@Nullable Integer version;

	UUID teamId;

	String name;

	String displayName;

	@Nullable String costCentre;

	String[] tags;

	Instant createdAt;

	@Nullable Instant archivedAt;

	@SuppressWarnings("NullAway.Init")
	protected ProjectEntity() {
	}

	ProjectEntity(TenantId tenant, UUID id, Instant createdAt, ProjectDraft draft) {
		this.id = new OwnedId(tenant.value(), id);
		this.createdAt = createdAt;
		this.teamId = draft.team().value();
		this.name = draft.name();
		this.displayName = draft.displayName();
		this.costCentre = draft.costCentre();
		this.tags = Drafts.sorted(draft.tags());
	}

	void apply(ProjectDraft draft) {
		this.teamId = draft.team().value();
		this.name = draft.name();
		this.displayName = draft.displayName();
		this.costCentre = draft.costCentre();
		this.tags = Drafts.keepEqual(this.tags, Drafts.sorted(draft.tags()));
	}

	Project toProject() {
		return new Project(new TenantId(this.id.tenantId()), new ProjectId(this.id.id()), new TeamId(this.teamId),
				this.name, this.displayName, this.costCentre, Drafts.given(this.tags), this.createdAt, this.archivedAt);
	}

}
