package io.exchequer.registry.administration;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Currency;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.Uuid7;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Change;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.ProviderKinds;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.RegistryView.PriceCardView;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

import static io.exchequer.registry.administration.Flushing.flushing;

/**
 * Deployments and their price cards. Works within the caller's transaction.
 */
@Component("registryDeployments")
class Deployments {

	private final DeploymentRepository deployments;

	private final PriceCardRepository cards;

	private final ProviderRepository providers;

	private final Models models;

	private final ObjectProvider<ProviderKinds> kinds;

	private final Clock clock;

	private final Uuid7 ids;

	Deployments(DeploymentRepository deployments, PriceCardRepository cards, ProviderRepository providers,
			Models models, ObjectProvider<ProviderKinds> kinds, Clock clock) {
		this.deployments = deployments;
		this.cards = cards;
		this.providers = providers;
		this.models = models;
		this.kinds = kinds;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	List<DeploymentView> all() {
		return this.deployments.all().stream().map(DeploymentEntity::toView).toList();
	}

	DeploymentView view(String name) {
		return named(name).toView();
	}

	Change<DeploymentView> put(PutDeployment command, Put put) {
		Optional<ModelEntity> model = this.models.find(command.model());
		Optional<ProviderEntity> provider = this.providers.named(command.provider());
		RegistryRules.collect(command)
			.require(model.isPresent(), "unknown_model", "model", "must be the name of a model that is there")
			.require(provider.isPresent(), "unknown_provider", "provider",
					"must be the name of a provider that is there")
			.throwIfAny();
		RegistryRules.check(command, provider.orElseThrow().toProvider().kind(), this.kinds.getIfAvailable());
		Optional<DeploymentEntity> found = this.deployments.named(command.name());
		Flushing.allow(put, found.isPresent(), "deployment", command.name());
		DeploymentView before = found.map(DeploymentEntity::toView).orElse(null);
		DeploymentView after = wanted(command, before);
		if (found.isEmpty()) {
			RegistryRules.requireNoIdentifier(command.name());
			this.models.requireFree(command.name());
			flushing(() -> this.deployments
				.saveAndFlush(new DeploymentEntity(after, model.orElseThrow(), provider.orElseThrow(), now())));
			return Change.created(after);
		}
		if (!after.equals(before)) {
			found.get().set(after, model.orElseThrow(), provider.orElseThrow(), now());
			flushing(this.deployments::flush);
		}
		return Change.updated(Objects.requireNonNull(before), after);
	}

	private DeploymentView wanted(PutDeployment command, @Nullable DeploymentView before) {
		DeploymentId id = (before != null) ? before.id() : new DeploymentId(this.ids.next());
		DeploymentSettings settings = (command.settings() != null) ? command.settings() : DeploymentSettings.DEFAULTS;
		return new DeploymentView(id, command.name(), command.model(), command.provider(), command.upstreamModel(),
				command.dataClass(), settings, command.enabled(), (before != null) ? before.quarantine() : null);
	}

	Change<DeploymentView> liftQuarantine(String name) {
		DeploymentEntity entity = locked(name);
		DeploymentView before = entity.toView();
		if (before.quarantine() != null) {
			entity.liftQuarantine(now());
			this.deployments.flush();
		}
		return Change.updated(before, entity.toView());
	}

	Change<DeploymentView> delete(String name) {
		DeploymentEntity entity = locked(name);
		DeploymentView before = entity.toView();
		flushing(() -> {
			this.deployments.delete(entity);
			this.deployments.flush();
		});
		return Change.deleted(before);
	}

	List<PriceCardView> cards(String deployment) {
		return this.cards.of(named(deployment).id()).stream().map(PriceCardEntity::toView).toList();
	}

	PriceCardView card(UUID id) {
		return this.cards.findById(id).orElseThrow(() -> new NotFoundProblem("price_card", id.toString())).toView();
	}

	Change<PriceCardView> add(AddPriceCard command) {
		PriceCardRules.check(command);
		Currency currency = Objects.requireNonNull(PriceCardRules.currency(command.currency()));
		List<PriceTier> tiers = PriceCardRules.normalised(command.tiers());
		// Locked, so that versions count up one by one.
		DeploymentEntity deployment = locked(command.deployment());
		List<PriceCardView> there = this.cards.of(deployment.id()).stream().map(PriceCardEntity::toView).toList();
		Instant from = ((command.effectiveFrom() != null) ? command.effectiveFrom() : now())
			.truncatedTo(ChronoUnit.MICROS);
		Optional<PriceCardView> rival = (command.effectiveFrom() != null) ? beginningAt(there, from)
				: inForceAt(there, from);
		if (rival.isPresent() && says(rival.get(), currency, tiers)) {
			return Change.unchanged(rival.get());
		}
		if (beginningAt(there, from).isPresent()) {
			throw new ConflictProblem("price_card_exists", "Another price card of \"" + command.deployment()
					+ "\" begins at " + from + ". Cards are never changed: let the new one begin later.");
		}
		int version = there.stream().mapToInt((view) -> view.card().version()).max().orElse(0) + 1;
		PriceCard card = new PriceCard(this.ids.next(), new DeploymentId(deployment.id()), version, from, currency,
				tiers);
		PriceCardView view = new PriceCardView(card, command.deployment(), command.source(), command.note(), now());
		flushing(() -> this.cards.saveAndFlush(new PriceCardEntity(view)));
		return Change.created(view);
	}

	private static Optional<PriceCardView> beginningAt(List<PriceCardView> cards, Instant from) {
		return cards.stream().filter((view) -> view.card().effectiveFrom().equals(from)).findFirst();
	}

	/**
	 * Locks a deployment and returns the identifier of its card in force at an instant,
	 * or null where it has none.
	 */
	@Nullable UUID lockedCardAt(String deployment, Instant at) {
		List<PriceCardView> cards = this.cards.of(locked(deployment).id())
			.stream()
			.map(PriceCardEntity::toView)
			.toList();
		return inForceAt(cards, at).map((view) -> view.card().id()).orElse(null);
	}

	static Optional<PriceCardView> inForceAt(List<PriceCardView> latestFirst, Instant at) {
		return latestFirst.stream().filter((view) -> !view.card().effectiveFrom().isAfter(at)).findFirst();
	}

	/**
	 * Returns whether a card has a currency and prices, which are in their fixed order.
	 */
	static boolean says(PriceCardView view, String currency, List<PriceTier> tiers) {
		return says(view, Currency.getInstance(currency), tiers);
	}

	private static boolean says(PriceCardView view, Currency currency, List<PriceTier> tiers) {
		return view.card().currency().equals(currency) && PriceCardRules.normalised(view.card().tiers()).equals(tiers);
	}

	private DeploymentEntity named(String name) {
		return this.deployments.named(name).orElseThrow(() -> new NotFoundProblem("deployment", name));
	}

	private DeploymentEntity locked(String name) {
		return this.deployments.lockNamed(name).orElseThrow(() -> new NotFoundProblem("deployment", name));
	}

	private Instant now() {
		return this.clock.instant().truncatedTo(ChronoUnit.MICROS);
	}

}
