package io.exchequer.routing;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Currency;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import io.exchequer.registry.Model;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.Provider;
import io.exchequer.registry.RegistrySnapshot;
import org.jspecify.annotations.Nullable;

/**
 * A registry in memory, for tests: real records, no database.
 */
public final class TestRegistry implements RegistrySnapshot {

	public static final Currency USD = Currency.getInstance("USD");

	public static final Capabilities CHAT = new Capabilities(EnumSet.of(Modality.TEXT), EnumSet.of(Modality.TEXT), true,
			true, false, 100_000, 8_192, null);

	private final Map<String, Model> models = new LinkedHashMap<>();

	private final Map<String, Deployment> deployments = new LinkedHashMap<>();

	private final Map<String, String> aliases = new LinkedHashMap<>();

	private final Map<DeploymentId, PriceCard> cards = new HashMap<>();

	private int counter;

	private UUID id(int kind) {
		return new UUID(0x0190_0000_0000_7000L + kind, 0x8000_0000_0000_0000L + ++this.counter);
	}

	public TestRegistry model(String name, Capabilities capabilities) {
		return model(name, capabilities, new Lifecycle(Lifecycle.Stage.ACTIVE, null, null));
	}

	public TestRegistry model(String name, Capabilities capabilities, Lifecycle lifecycle) {
		this.models.put(name, new Model(new ModelId(id(1)), name, name, capabilities, lifecycle));
		return this;
	}

	public TestRegistry retiredOn(String name, @Nullable LocalDate day) {
		return model(name, CHAT, new Lifecycle(Lifecycle.Stage.DEPRECATED, null, day));
	}

	/** Adds a deployment of the demo kind, cleared for every class. */
	public TestRegistry deployment(String name, String model) {
		return deployment(name, model, new Provider(id(2), name + "-provider", "demo", "", Map.of()));
	}

	public TestRegistry deployment(String name, String model, Provider provider) {
		this.models.computeIfAbsent(model, (missing) -> new Model(new ModelId(id(1)), missing, missing, CHAT,
				new Lifecycle(Lifecycle.Stage.ACTIVE, null, null)));
		Model served = this.models.get(model);
		if (served == null) {
			throw new IllegalStateException(model);
		}
		this.deployments.put(name, new Deployment(new DeploymentId(id(3)), name, served, provider, model, null,
				DataClass.RESTRICTED, DeploymentSettings.DEFAULTS, true, false));
		return this;
	}

	/** Adds a deployment with OpenAI's wire format at an address. */
	public TestRegistry openAi(String name, String model, String baseUrl) {
		return deployment(name, model, new Provider(id(2), name + "-provider", "openai", baseUrl, Map.of()));
	}

	public TestRegistry change(String deployment, UnaryOperator<Deployment> change) {
		this.deployments.computeIfPresent(deployment, (_, present) -> change.apply(present));
		return this;
	}

	public TestRegistry settings(String deployment, DeploymentSettings settings) {
		return change(deployment,
				(present) -> new Deployment(present.id(), present.name(), present.model(), present.provider(),
						present.upstreamModel(), present.credential(), present.dataClass(), settings, present.enabled(),
						present.quarantined()));
	}

	public TestRegistry dataClass(String deployment, DataClass dataClass) {
		return change(deployment,
				(present) -> new Deployment(present.id(), present.name(), present.model(), present.provider(),
						present.upstreamModel(), present.credential(), dataClass, present.settings(), present.enabled(),
						present.quarantined()));
	}

	public TestRegistry flags(String deployment, boolean enabled, boolean quarantined) {
		return change(deployment,
				(present) -> new Deployment(present.id(), present.name(), present.model(), present.provider(),
						present.upstreamModel(), present.credential(), present.dataClass(), present.settings(), enabled,
						quarantined));
	}

	public TestRegistry alias(String name, String model) {
		this.aliases.put(name, model);
		return this;
	}

	/** Prices a deployment in dollars per million tokens. */
	public TestRegistry price(String deployment, String input, String output) {
		return price(deployment, input, output, USD);
	}

	public TestRegistry price(String deployment, String input, String output, Currency currency) {
		DeploymentId priced = get(deployment).id();
		this.cards.put(priced, new PriceCard(id(4), priced, 1, Instant.EPOCH, currency, List.of(new PriceTier("default",
				0, Map.of(UsageBucket.INPUT, new BigDecimal(input), UsageBucket.OUTPUT, new BigDecimal(output))))));
		return this;
	}

	/** Prices a deployment in dollars for each bucket's measure; tokens are free. */
	public TestRegistry priceUnits(String deployment, Map<UsageBucket, String> prices) {
		DeploymentId priced = get(deployment).id();
		Map<UsageBucket, BigDecimal> all = new HashMap<>(
				Map.of(UsageBucket.INPUT, BigDecimal.ZERO, UsageBucket.OUTPUT, BigDecimal.ZERO));
		prices.forEach((bucket, price) -> all.put(bucket, new BigDecimal(price)));
		this.cards.put(priced,
				new PriceCard(id(4), priced, 1, Instant.EPOCH, USD, List.of(new PriceTier("default", 0, all))));
		return this;
	}

	public Deployment get(String name) {
		Deployment deployment = this.deployments.get(name);
		if (deployment == null) {
			throw new IllegalArgumentException(name);
		}
		return deployment;
	}

	@Override
	public List<Model> models() {
		return List.copyOf(this.models.values());
	}

	@Override
	public List<Deployment> deployments() {
		return List.copyOf(this.deployments.values());
	}

	@Override
	public List<String> aliases() {
		return new ArrayList<>(this.aliases.keySet());
	}

	@Override
	public Optional<Deployment> deployment(DeploymentId id) {
		return this.deployments.values().stream().filter((each) -> each.id().equals(id)).findFirst();
	}

	@Override
	public Optional<Target> resolve(String name) {
		Deployment deployment = this.deployments.get(name);
		if (deployment != null) {
			return Optional
				.of(new Target(name, Target.Kind.DEPLOYMENT, deployment.model().name(), List.of(deployment)));
		}
		if (this.models.containsKey(name)) {
			return Optional.of(new Target(name, Target.Kind.MODEL, name, of(name)));
		}
		String aliased = this.aliases.get(name);
		return (aliased != null) ? Optional.of(new Target(name, Target.Kind.ALIAS, aliased, of(aliased)))
				: Optional.empty();
	}

	private List<Deployment> of(String model) {
		return this.deployments.values().stream().filter((each) -> each.model().name().equals(model)).toList();
	}

	@Override
	public Optional<PriceCard> priceCard(DeploymentId deployment, Instant at) {
		return Optional.ofNullable(this.cards.get(deployment));
	}

	/** Returns every name there is, for a key that may ask for all. */
	public static Set<String> everything() {
		return Set.of("*");
	}

}
