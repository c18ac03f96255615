package io.exchequer.security;

import java.time.Instant;
import java.util.UUID;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import org.jspecify.annotations.Nullable;

@Entity
@Table(name = "app_user")
class UserEntity {

	@Id
	UUID id;

	@Version
	@Nullable Integer version;

	String email;

	String displayName;

	@Nullable String passwordHash;

	@Nullable String platformRole;

	@Nullable Instant disabledAt;

	Instant createdAt;

	@SuppressWarnings("NullAway.Init")
	protected UserEntity() {
	}

	UserEntity(UUID id, Instant createdAt, String email, String displayName) {
		this.id = id;
		this.createdAt = createdAt;
		this.email = email;
		this.displayName = displayName;
	}

	@Nullable Role platformRole() {
		return (this.platformRole != null) ? Role.of(this.platformRole).orElseThrow() : null;
	}

	User toUser() {
		return new User(this.id, this.email, this.displayName, platformRole(), this.disabledAt, this.createdAt);
	}

}
