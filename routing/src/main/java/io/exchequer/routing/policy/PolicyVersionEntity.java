package io.exchequer.routing.policy;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.routing.RoutingPolicy;
import jakarta.persistence.Column;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.PostLoad;
import jakarta.persistence.PostPersist;
import jakarta.persistence.Table;
import jakarta.persistence.Transient;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.springframework.data.domain.Persistable;

/**
 * A policy's version: written once.
 */
@Entity(name = "RoutingPolicyVersion")
@Table(name = "routing_policy_version")
@Immutable
class PolicyVersionEntity implements Persistable<TenantOwnedId> {

	@EmbeddedId
	private TenantOwnedId id;

	@Column(nullable = false)
	private UUID policyId;

	@Column(nullable = false)
	private int version;

	@Column(nullable = false)
	@JdbcTypeCode(SqlTypes.JSON)
	private String body;

	@Column(nullable = false)
	private Instant createdAt;

	@Column(nullable = false)
	private String createdBy;

	@Transient
	private boolean stored;

	@SuppressWarnings("NullAway") // Hibernate fills it in
	protected PolicyVersionEntity() {
	}

	PolicyVersionEntity(PolicyEntity policy, UUID id, int version, PolicyBody body, Instant at, String by) {
		this.id = new TenantOwnedId(policy.tenant().value(), id);
		this.policyId = policy.id();
		this.version = version;
		this.body = body.toJson();
		this.createdAt = at;
		this.createdBy = by;
	}

	@Override
	public TenantOwnedId getId() {
		return this.id;
	}

	@Override
	public boolean isNew() {
		return !this.stored;
	}

	@PostLoad
	@PostPersist
	void markStored() {
		this.stored = true;
	}

	UUID policyId() {
		return this.policyId;
	}

	int version() {
		return this.version;
	}

	Instant createdAt() {
		return this.createdAt;
	}

	String createdBy() {
		return this.createdBy;
	}

	PolicyBody body() {
		return PolicyBody.parse(this.body);
	}

	RoutingPolicy policy() {
		return body().policy(new TenantId(this.id.tenantId()), this.id.id(), this.version);
	}

}
