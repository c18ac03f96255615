package io.exchequer.registry.administration;

import java.time.Instant;

import io.exchequer.registry.RegistryView.AliasView;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;

@Entity
@Table(name = "model_alias")
class AliasEntity {

	@Id
	@Column(name = "name")
	private String name;

	@ManyToOne(optional = false)
	@JoinColumn(name = "model_id")
	private ModelEntity model;

	@Column(name = "created_at")
	private Instant createdAt;

	@Column(name = "updated_at")
	private Instant updatedAt;

	@SuppressWarnings("NullAway.Init") // Hibernate sets the fields
	protected AliasEntity() {
	}

	AliasEntity(String name, ModelEntity model, Instant now) {
		this.name = name;
		this.model = model;
		this.createdAt = now;
		this.updatedAt = now;
	}

	void set(ModelEntity model, Instant now) {
		this.model = model;
		this.updatedAt = now;
	}

	AliasView toView() {
		return new AliasView(this.name, this.model.name());
	}

}
