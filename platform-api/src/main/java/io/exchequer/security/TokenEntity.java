package io.exchequer.security;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.crypto.KeyHash;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import org.jspecify.annotations.Nullable;

@Entity
@Table(name = "admin_token")
class TokenEntity {

	@EmbeddedId
	TenantRowId id;

	@Version
	@Nullable Integer version;

	String name;

	String role;

	@Nullable UUID teamId;

	byte[] secretHash;

	String hashKeyId;

	String prefix;

	Instant createdAt;

	String createdBy;

	@Nullable Instant expiresAt;

	@Nullable Instant revokedAt;

	@SuppressWarnings("NullAway.Init")
	protected TokenEntity() {
	}

	TokenEntity(UUID id, String name, Grant grant, KeyHash hash, String prefix, Instant createdAt, String createdBy) {
		TenantId tenant = grant.tenant();
		TeamId team = grant.team();
		this.id = new TenantRowId((tenant != null) ? tenant.value() : Audit.PLATFORM.value(), id);
		this.name = name;
		this.role = grant.role().text();
		this.teamId = (team != null) ? team.value() : null;
		this.createdAt = createdAt;
		this.createdBy = createdBy;
		this.secretHash = hash.bytes();
		this.hashKeyId = hash.masterKeyId();
		this.prefix = prefix;
	}

	void secret(KeyHash hash, String prefix) {
		this.secretHash = hash.bytes();
		this.hashKeyId = hash.masterKeyId();
		this.prefix = prefix;
	}

	KeyHash hash() {
		return new KeyHash(this.hashKeyId, this.secretHash);
	}

	Grant grant() {
		TenantId tenant = new TenantId(this.id.tenantId());
		return new Grant(Role.of(this.role).orElseThrow(), tenant.equals(Audit.PLATFORM) ? null : tenant,
				(this.teamId != null) ? new TeamId(this.teamId) : null);
	}

	AdminToken toToken() {
		return new AdminToken(this.id.id(), this.name, grant(), this.prefix, this.createdAt, this.createdBy,
				this.expiresAt, this.revokedAt);
	}

}
