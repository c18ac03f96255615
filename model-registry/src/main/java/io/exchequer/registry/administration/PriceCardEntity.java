package io.exchequer.registry.administration;

import java.time.Instant;
import java.util.Currency;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.RegistryView.PriceCardView;
import io.exchequer.registry.json.RegistryJson;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.hibernate.annotations.ColumnTransformer;
import org.hibernate.annotations.Immutable;

@Entity
@Immutable
@Table(name = "price_card")
class PriceCardEntity {

	@Id
	private UUID id;

	@Column(name = "deployment_id")
	private UUID deploymentId;

	@Column(name = "deployment_name")
	private String deploymentName;

	@Column(name = "version")
	private int version;

	@Column(name = "effective_from")
	private Instant effectiveFrom;

	@Column(name = "currency")
	private String currency;

	@Column(name = "tiers")
	@ColumnTransformer(write = "cast(? as jsonb)")
	private String tiers;

	@Column(name = "source")
	private String source;

	@Column(name = "note")
	private String note;

	@Column(name = "created_at")
	private Instant createdAt;

	@SuppressWarnings("NullAway.Init") // Hibernate sets the fields
	protected PriceCardEntity() {
	}

	PriceCardEntity(PriceCardView view) {
		PriceCard card = view.card();
		this.id = card.id();
		this.deploymentId = card.deploymentId().value();
		this.deploymentName = view.deployment();
		this.version = card.version();
		this.effectiveFrom = card.effectiveFrom();
		this.currency = card.currency().getCurrencyCode();
		this.tiers = RegistryJson.write(card.tiers());
		this.source = view.source();
		this.note = view.note();
		this.createdAt = view.createdAt();
	}

	PriceCardView toView() {
		PriceCard card = new PriceCard(this.id, new DeploymentId(this.deploymentId), this.version, this.effectiveFrom,
				Currency.getInstance(this.currency), RegistryJson.readTiers(this.tiers));
		return new PriceCardView(card, this.deploymentName, this.source, this.note, this.createdAt);
	}

}
