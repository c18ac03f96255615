package io.exchequer.security;

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
@Table(name = "membership")
class MembershipEntity {

	@EmbeddedId
	TenantRowId id;

	@Version
	@Nullable Integer version;

	UUID userId;

	String role;

	@Nullable UUID teamId;

	Instant createdAt;

	@SuppressWarnings("NullAway.Init")
	protected MembershipEntity() {
	}

	MembershipEntity(UUID id, UUID userId, Grant grant, TenantId tenant, Instant createdAt) {
		this.id = new TenantRowId(tenant.value(), id);
		this.userId = userId;
		this.role = grant.role().text();
		TeamId team = grant.team();
		this.teamId = (team != null) ? team.value() : null;
		this.createdAt = createdAt;
	}

	Grant grant() {
		return new Grant(Role.of(this.role).orElseThrow(), new TenantId(this.id.tenantId()),
				(this.teamId != null) ? new TeamId(this.teamId) : null);
	}

	Membership toMembership() {
		return new Membership(new TenantId(this.id.tenantId()), this.id.id(), this.userId, grant().role(),
				grant().team(), this.createdAt);
	}

}
