package io.exchequer.tenancy;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import org.jspecify.annotations.Nullable;

@Entity
@Table(name = "tenant")
class TenantEntity {

	@Id
	UUID id;

	@Version
	@Nullable Integer version;

	String name;

	String displayName;

	boolean storesAnswers;

	Instant createdAt;

	@Nullable Instant archivedAt;

	@SuppressWarnings("NullAway.Init")
	protected TenantEntity() {
	}

	TenantEntity(UUID id, Instant createdAt, TenantDraft draft) {
		this.id = id;
		this.createdAt = createdAt;
		this.name = draft.name();
		this.displayName = draft.displayName();
		this.storesAnswers = draft.storesAnswers();
	}

	void apply(TenantDraft draft) {
		this.displayName = draft.displayName();
		this.storesAnswers = draft.storesAnswers();
	}

	Tenant toTenant() {
		return new Tenant(new TenantId(this.id), this.name, this.displayName, this.storesAnswers, this.createdAt,
				this.archivedAt);
	}

}
