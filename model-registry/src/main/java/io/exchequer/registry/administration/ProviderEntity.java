package io.exchequer.registry.administration;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.registry.Provider;
import io.exchequer.registry.json.RegistryJson;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.hibernate.annotations.ColumnTransformer;

@Entity
@Table(name = "provider")
class ProviderEntity {

	@Id
	private UUID id;

	@Column(name = "name")
	private String name;

	@Column(name = "kind")
	private String kind;

	@Column(name = "base_url")
	private String baseUrl;

	@Column(name = "settings")
	@ColumnTransformer(write = "cast(? as jsonb)")
	private String settings;

	@Column(name = "created_at")
	private Instant createdAt;

	@Column(name = "updated_at")
	private Instant updatedAt;

	@SuppressWarnings("NullAway.Init") // Hibernate sets the fields
	protected ProviderEntity() {
	}

	ProviderEntity(Provider provider, Instant now) {
		this.id = provider.id();
		this.name = provider.name();
		this.kind = provider.kind();
		this.baseUrl = provider.baseUrl();
		this.settings = RegistryJson.write(provider.settings());
		this.createdAt = now;
		this.updatedAt = now;
	}

	void set(Provider provider, Instant now) {
		this.kind = provider.kind();
		this.baseUrl = provider.baseUrl();
		this.settings = RegistryJson.write(provider.settings());
		this.updatedAt = now;
	}

	UUID id() {
		return this.id;
	}

	String name() {
		return this.name;
	}

	Provider toProvider() {
		return new Provider(this.id, this.name, this.kind, this.baseUrl, RegistryJson.readMap(this.settings));
	}

}
