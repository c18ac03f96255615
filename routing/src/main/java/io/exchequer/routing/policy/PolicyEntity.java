package io.exchequer.routing.policy;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import jakarta.persistence.Column;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import org.jspecify.annotations.Nullable;

/**
 * A policy's row: its name, its task, and which version is in force.
 */
@Entity(name = "RoutingPolicy")
@Table(name = "routing_policy")
class PolicyEntity {

	@EmbeddedId
	private TenantOwnedId id;

	@Column(nullable = false)
	private String name;

	@Column(nullable = false)
	private String task;

	@Column(nullable = false)
	private int currentVersion;

	@Column(nullable = false)
	private int latestVersion;

	@Version
	private @Nullable Integer revision;

	@Column(nullable = false, updatable = false)
	private Instant createdAt;

	@Column(nullable = false)
	private Instant updatedAt;

	@SuppressWarnings("NullAway") // Hibernate fills it in
	protected PolicyEntity() {
	}

	PolicyEntity(TenantId tenant, UUID id, String name, String task, Instant at) {
		this.id = new TenantOwnedId(tenant.value(), id);
		this.name = name;
		this.task = task;
		this.currentVersion = 1;
		this.latestVersion = 1;
		this.createdAt = at;
		this.updatedAt = at;
	}

	TenantId tenant() {
		return new TenantId(this.id.tenantId());
	}

	UUID id() {
		return this.id.id();
	}

	String name() {
		return this.name;
	}

	int currentVersion() {
		return this.currentVersion;
	}

	/** Puts a new version in force and returns its number. */
	int succeed(String newTask, Instant at) {
		this.latestVersion++;
		putInForce(this.latestVersion, newTask, at);
		return this.latestVersion;
	}

	void putInForce(int version, String itsTask, Instant at) {
		this.currentVersion = version;
		this.task = itsTask;
		this.updatedAt = at;
	}

}
