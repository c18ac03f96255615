package io.exchequer.tenancy;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import org.jspecify.annotations.Nullable;

@Entity
@Table(name = "team")
class TeamEntity {

	@EmbeddedId
	OwnedId id;

	@Version
	@Nullable Integer version;

	String name;

	String displayName;

	@Nullable String costCentre;

	String[] tags;

	Instant createdAt;

	@Nullable Instant archivedAt;

	@SuppressWarnings("NullAway.Init")
	protected TeamEntity() {
	}

	TeamEntity(TenantId tenant, UUID id, Instant createdAt, TeamDraft draft) {
		this.id = new OwnedId(tenant.value(), id);
		this.createdAt = createdAt;
		this.name = draft.name();
		this.displayName = draft.displayName();
		this.costCentre = draft.costCentre();
		this.tags = Drafts.sorted(draft.tags());
	}

	void apply(TeamDraft draft) {
		this.name = draft.name();
		this.displayName = draft.displayName();
		this.costCentre = draft.costCentre();
		this.tags = Drafts.keepEqual(this.tags, Drafts.sorted(draft.tags()));
	}

	Team toTeam() {
		return new Team(new TenantId(this.id.tenantId()), new TeamId(this.id.id()), this.name, this.displayName,
				this.costCentre, Drafts.given(this.tags), this.createdAt, this.archivedAt);
	}

}
