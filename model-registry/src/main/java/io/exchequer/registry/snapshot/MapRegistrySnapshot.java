package io.exchequer.registry.snapshot;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.Model;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.registry.RegistrySnapshot.Target.Kind;

/**
 * The registry in hash maps, which are never changed once it is made.
 */
final class MapRegistrySnapshot implements RegistrySnapshot {

	private final List<Model> models;

	private final List<Deployment> deployments;

	private final List<String> aliases;

	private final Map<DeploymentId, Deployment> byId = new HashMap<>();

	/** Targets are made once, and with them their Optional. */
	private final Map<String, Optional<Target>> targets = new HashMap<>();

	/** Each deployment's cards, the latest first. */
	private final Map<DeploymentId, PriceCard[]> cards = new HashMap<>();

	/**
	 * Makes the snapshot.
	 * @param aliases each alias's model, by name
	 */
	MapRegistrySnapshot(List<Model> models, List<Deployment> deployments, Map<String, Model> aliases,
			List<PriceCard> cards) {
		this.models = models.stream().sorted(Comparator.comparing(Model::name)).toList();
		this.deployments = deployments.stream().sorted(Comparator.comparing(Deployment::name)).toList();
		this.aliases = aliases.keySet().stream().sorted().toList();
		indexTargets(aliases);
		indexCards(cards);
	}

	private void indexTargets(Map<String, Model> aliases) {
		Map<String, List<Deployment>> byModel = new HashMap<>();
		for (Deployment deployment : this.deployments) {
			this.byId.put(deployment.id(), deployment);
			byModel.computeIfAbsent(deployment.model().name(), (_) -> new ArrayList<>()).add(deployment);
		}
		// The last one put wins: what a client means first comes last.
		aliases.forEach((alias, model) -> put(alias, Kind.ALIAS, model, byModel));
		this.models.forEach((model) -> put(model.name(), Kind.MODEL, model, byModel));
		this.deployments.forEach((deployment) -> this.targets.put(deployment.name(), Optional
			.of(new Target(deployment.name(), Kind.DEPLOYMENT, deployment.model().name(), List.of(deployment)))));
	}

	private void put(String name, Kind kind, Model model, Map<String, List<Deployment>> byModel) {
		this.targets.put(name, Optional
			.of(new Target(name, kind, model.name(), List.copyOf(byModel.getOrDefault(model.name(), List.of())))));
	}

	private void indexCards(List<PriceCard> cards) {
		Map<DeploymentId, List<PriceCard>> byDeployment = new HashMap<>();
		cards.forEach((card) -> byDeployment.computeIfAbsent(card.deploymentId(), (_) -> new ArrayList<>()).add(card));
		byDeployment.forEach((id, own) -> {
			own.sort(Comparator.comparing(PriceCard::effectiveFrom).reversed());
			this.cards.put(id, own.toArray(PriceCard[]::new));
		});
	}

	@Override
	public List<Model> models() {
		return this.models;
	}

	@Override
	public List<Deployment> deployments() {
		return this.deployments;
	}

	@Override
	public List<String> aliases() {
		return this.aliases;
	}

	@Override
	public Optional<Deployment> deployment(DeploymentId id) {
		return Optional.ofNullable(this.byId.get(id));
	}

	@Override
	public Optional<Target> resolve(String name) {
		return this.targets.getOrDefault(name, Optional.empty());
	}

	@Override
	public Optional<PriceCard> priceCard(DeploymentId deployment, Instant at) {
		PriceCard[] own = this.cards.get(deployment);
		if (own != null) {
			for (PriceCard card : own) {
				if (!card.effectiveFrom().isAfter(at)) {
					return Optional.of(card);
				}
			}
		}
		return Optional.empty();
	}

}
