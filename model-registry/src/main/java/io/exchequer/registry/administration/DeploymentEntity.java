package io.exchequer.registry.administration;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.RegistryView.DeploymentView.Quarantine;
import io.exchequer.registry.json.RegistryJson;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import org.hibernate.annotations.ColumnTransformer;
import org.hibernate.annotations.DynamicUpdate;
import org.jspecify.annotations.Nullable;

/**
 * Updates only what changed, so that an administrator's change does not undo a quarantine
 * that came a moment before it.
 */
@Entity
@DynamicUpdate
@Table(name = "deployment")
class DeploymentEntity {

	@Id
	private UUID id;

	@Column(name = "name")
	private String name;

	@ManyToOne(optional = false)
	@JoinColumn(name = "model_id")
	private ModelEntity model;

	@ManyToOne(optional = false)
	@JoinColumn(name = "provider_id")
	private ProviderEntity provider;

	@Column(name = "upstream_model")
	private String upstreamModel;

	@Column(name = "data_class")
	@Enumerated(EnumType.STRING)
	private DataClass dataClass;

	@Column(name = "settings")
	@ColumnTransformer(write = "cast(? as jsonb)")
	private String settings;

	@Column(name = "enabled")
	private boolean enabled;

	@Column(name = "quarantined_at")
	private @Nullable Instant quarantinedAt;

	@Column(name = "quarantine_reason")
	private @Nullable String quarantineReason;

	@Column(name = "created_at")
	private Instant createdAt;

	@Column(name = "updated_at")
	private Instant updatedAt;

	@SuppressWarnings("NullAway.Init") // Hibernate sets the fields
	protected DeploymentEntity() {
	}

	@SuppressWarnings("NullAway.Init") // set() sets the rest
	DeploymentEntity(DeploymentView view, ModelEntity model, ProviderEntity provider, Instant now) {
		this.id = view.id().value();
		this.name = view.name();
		this.createdAt = now;
		set(view, model, provider, now);
	}

	void set(DeploymentView view, ModelEntity model, ProviderEntity provider, Instant now) {
		this.model = model;
		this.provider = provider;
		this.upstreamModel = view.upstreamModel();
		this.dataClass = view.dataClass();
		this.settings = RegistryJson.write(view.settings());
		this.enabled = view.enabled();
		this.updatedAt = now;
	}

	void liftQuarantine(Instant now) {
		this.quarantinedAt = null;
		this.quarantineReason = null;
		this.updatedAt = now;
	}

	UUID id() {
		return this.id;
	}

	String name() {
		return this.name;
	}

	DeploymentView toView() {
		Quarantine quarantine = (this.quarantinedAt != null && this.quarantineReason != null)
				? new Quarantine(this.quarantinedAt, this.quarantineReason) : null;
		return new DeploymentView(new DeploymentId(this.id), this.name, this.model.name(), this.provider.name(),
				this.upstreamModel, this.dataClass, RegistryJson.readSettings(this.settings), this.enabled, quarantine);
	}

}
