package io.exchequer.registry.administration;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.registry.RegistryView.CredentialView;
import io.exchequer.registry.crypto.SecretBox.Sealed;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

@Entity
@Table(name = "provider_credential")
class CredentialEntity {

	@Id
	private UUID id;

	@Column(name = "provider_id")
	private UUID providerId;

	@Column(name = "key_id")
	private String keyId;

	@Column(name = "ciphertext")
	private byte[] ciphertext;

	@Column(name = "created_at")
	private Instant createdAt;

	@Column(name = "retired_at")
	private @Nullable Instant retiredAt;

	@SuppressWarnings("NullAway.Init") // Hibernate sets the fields
	protected CredentialEntity() {
	}

	CredentialEntity(UUID id, UUID providerId, Sealed sealed, Instant now) {
		this.id = id;
		this.providerId = providerId;
		this.keyId = sealed.keyId();
		this.ciphertext = sealed.bytes();
		this.createdAt = now;
	}

	UUID id() {
		return this.id;
	}

	UUID providerId() {
		return this.providerId;
	}

	Sealed sealed() {
		return new Sealed(this.keyId, this.ciphertext);
	}

	void reencrypted(Sealed sealed) {
		this.keyId = sealed.keyId();
		this.ciphertext = sealed.bytes();
	}

	void retire(Instant now) {
		this.retiredAt = now;
	}

	CredentialView toView() {
		return new CredentialView(this.id, this.keyId, this.createdAt, this.retiredAt);
	}

}
