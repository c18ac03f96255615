package io.exchequer.tenancy;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.registry.crypto.KeyHash;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import org.jspecify.annotations.Nullable;

@Entity
@Table(name = "virtual_key_secret")
class SecretEntity {

	@EmbeddedId
	OwnedId id;

	@Version
	@Nullable Integer version;

	UUID keyId;

	byte[] secretHash;

	String hashKeyId;

	String prefix;

	Instant createdAt;

	@Nullable Instant validUntil;

	@SuppressWarnings("NullAway.Init")
	protected SecretEntity() {
	}

	SecretEntity(OwnedId key, UUID id, Instant createdAt, KeyHash hash, String prefix) {
		this.id = new OwnedId(key.tenantId(), id);
		this.keyId = key.id();
		this.createdAt = createdAt;
		this.secretHash = hash.bytes();
		this.hashKeyId = hash.masterKeyId();
		this.prefix = prefix;
	}

	KeyHash hash() {
		return new KeyHash(this.hashKeyId, this.secretHash);
	}

	VirtualKey.Secret toSecret() {
		return new VirtualKey.Secret(this.prefix, this.hashKeyId, this.createdAt, this.validUntil);
	}

}
