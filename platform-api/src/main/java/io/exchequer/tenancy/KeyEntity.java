package io.exchequer.tenancy;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TenantId;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import org.jspecify.annotations.Nullable;

@Entity
@Table(name = "virtual_key")
class KeyEntity {

	@EmbeddedId
	OwnedId id;

	@Version
	@Nullable Integer version;

	UUID projectId;

	String name;

	String[] allowedNames;

	String[] allowedTasks;

	@Nullable Integer requestsPerMinute;

	@Nullable Integer tokensPerMinute;

	String[] tags;

	@Nullable Instant expiresAt;

	@Nullable Instant revokedAt;

	boolean portal;

	Instant createdAt;

	String createdBy;

	@SuppressWarnings("NullAway.Init")
	protected KeyEntity() {
	}

	KeyEntity(TenantId tenant, UUID id, Instant createdAt, String createdBy, KeyDraft draft) {
		this.id = new OwnedId(tenant.value(), id);
		this.createdAt = createdAt;
		this.createdBy = createdBy;
		this.projectId = draft.project().value();
		this.name = draft.name();
		this.allowedNames = Drafts.sorted(draft.allowedNames());
		this.allowedTasks = Drafts.sorted(draft.allowedTasks());
		this.requestsPerMinute = draft.requestsPerMinute();
		this.tokensPerMinute = draft.tokensPerMinute();
		this.tags = Drafts.sorted(draft.tags());
		this.expiresAt = draft.expiresAt();
		this.portal = draft.portal();
	}

	void apply(KeyDraft draft) {
		this.name = draft.name();
		this.allowedNames = Drafts.keepEqual(this.allowedNames, Drafts.sorted(draft.allowedNames()));
		this.allowedTasks = Drafts.keepEqual(this.allowedTasks, Drafts.sorted(draft.allowedTasks()));
		this.requestsPerMinute = draft.requestsPerMinute();
		this.tokensPerMinute = draft.tokensPerMinute();
		this.tags = Drafts.keepEqual(this.tags, Drafts.sorted(draft.tags()));
		this.expiresAt = draft.expiresAt();
		this.portal = draft.portal();
	}

	VirtualKey toKey(List<SecretEntity> secrets) {
		return new VirtualKey(new TenantId(this.id.tenantId()), new KeyId(this.id.id()), new ProjectId(this.projectId),
				this.name, List.of(this.allowedNames), List.of(this.allowedTasks), this.requestsPerMinute,
				this.tokensPerMinute, Drafts.given(this.tags), this.portal, this.expiresAt, this.revokedAt,
				this.createdAt, this.createdBy, secrets.stream().map(SecretEntity::toSecret).toList());
	}

}
