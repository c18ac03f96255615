package io.exchequer.admin;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.exchequer.admin.PriceCardController.PriceCardResource;
import io.exchequer.admin.RegistryEntries.CapabilitiesEntry;
import io.exchequer.admin.RegistryEntries.DeploymentEntry;
import io.exchequer.admin.RegistryEntries.LifecycleEntry;
import io.exchequer.admin.RegistryEntries.ModelEntry;
import io.exchequer.admin.RegistryEntries.PriceCardEntry;
import io.exchequer.admin.RegistryEntries.SettingsEntry;
import io.exchequer.admin.RegistryEntries.TierEntry;
import io.exchequer.catalog.CatalogFact.ListPriceFact;
import io.exchequer.catalog.CatalogModel;
import io.exchequer.catalog.CatalogSource;
import io.exchequer.catalog.Hosting;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.kernel.ValidationProblem.FieldProblem;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Lifecycle.Stage;
import io.exchequer.registry.Model;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.RegistryView.PriceCardView;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Takes models from the catalogue into the registry, within the caller's transaction.
 * What is there already and says the same is left alone; what says otherwise is a
 * conflict, since somebody wanted it so.
 */
@Component
class CatalogRegistrations {

	private static final String DEPLOYMENT = "deployment.";

	private final RegistryAdministration registry;

	private final RegistryCommands commands;

	CatalogRegistrations(RegistryAdministration registry, RegistryCommands commands) {
		this.registry = registry;
		this.commands = commands;
	}

	/**
	 * Registers an entry's model, and a deployment with a price card where it is asked
	 * for.
	 * @throws ValidationProblem {@code model_retired}, {@code figure_unknown},
	 * {@code no_list_price}, {@code list_price_over} or {@code list_price_unclear}, or
	 * what the registry finds wrong
	 * @throws ConflictProblem {@code model_differs} or {@code deployment_differs} if
	 * there is one of that name that is not the same
	 */
	RegisteredModel register(CatalogModel entry, CatalogRegistration body, Instant now) {
		if (!Boolean.TRUE.equals(body.allowRetired())) {
			requireNotRetired(entry, now);
		}
		String name = Objects.requireNonNullElse(body.name(), entry.id());
		Capabilities capabilities = entry.capabilities(body.contextWindow(), body.maxOutput())
			.orElseThrow(() -> ValidationProblem.of("figure_unknown", "contextWindow",
					"must be given: the catalogue has no context window of " + entry.id()));
		Model model = this.registry.models()
			.stream()
			.filter((known) -> known.name().equals(name))
			.findFirst()
			.orElse(null);
		boolean create = model == null;
		if (model == null) {
			model = this.commands.put(new ModelEntry(name, Objects.requireNonNullElse(body.displayName(), entry.name()),
					null, CapabilitiesEntry.of(capabilities), Objects.requireNonNullElseGet(body.lifecycle(),
							() -> LifecycleEntry.of(entry.lifecycle().lifecycle()))),
					Put.CREATE)
				.now();
		}
		else if (!isAsWanted(model, capabilities, body)) {
			throw new ConflictProblem("model_differs", "There is a model \"" + name
					+ "\" with other properties: give this one another name, or change that one.");
		}
		RegisteredModel registered = new RegisteredModel(entry.id(), model, create, null, false, null, false);
		return (body.deployment() != null) ? deploy(entry, body.deployment(), registered, now) : registered;
	}

	/**
	 * Refuses an entry whose vendor no longer serves it.
	 * @throws ValidationProblem {@code model_retired} naming what succeeds it
	 */
	private static void requireNotRetired(CatalogModel entry, Instant now) {
		if (entry.lifecycle().stageAt(now) == Stage.RETIRED) {
			throw ValidationProblem.of("model_retired", "allowRetired", "must be true for " + entry.id()
					+ ", which is retired; what succeeds it is " + entry.lifecycle().successor());
		}
	}

	private static boolean isAsWanted(Model model, Capabilities capabilities, CatalogRegistration body) {
		return model.capabilities().equals(capabilities)
				&& (body.displayName() == null || body.displayName().equals(model.displayName()))
				&& (body.lifecycle() == null || body.lifecycle().lifecycle().equals(model.lifecycle()));
	}

	private RegisteredModel deploy(CatalogModel entry, CatalogDeployment wanted, RegisteredModel registered,
			Instant now) {
		ListPriceFact price = price(entry, wanted, now);
		String model = registered.model().name();
		String name = Objects.requireNonNullElseGet(wanted.name(), () -> wanted.provider() + "/" + model);
		DeploymentEntry put = new DeploymentEntry(name, model, wanted.provider(),
				Objects.requireNonNullElse(wanted.upstreamModel(), entry.upstreamModel()), wanted.dataClass(),
				wanted.settings(), wanted.enabled());
		DeploymentView deployment = this.registry.deployments()
			.stream()
			.filter((known) -> known.name().equals(name))
			.findFirst()
			.orElse(null);
		boolean create = deployment == null;
		if (deployment == null) {
			deployment = ofDeployment(() -> this.commands.put(put, Put.CREATE).now());
		}
		else if (!isAsWanted(deployment, put.command(), wanted)) {
			throw new ConflictProblem("deployment_differs", "There is a deployment \"" + name
					+ "\" with other properties: give this one another name, or change that one.");
		}
		PriceCardView card = this.registry.priceCards(name).stream().findFirst().orElse(null);
		// Prices that somebody set before, negotiated ones perhaps, stay.
		boolean first = card == null && price != null;
		if (card == null && price != null) {
			card = this.commands.add(card(entry, price, name)).now();
		}
		return new RegisteredModel(entry.id(), registered.model(), registered.modelCreated(), deployment, create,
				(card != null) ? PriceCardResource.of(card) : null, first);
	}

	private static boolean isAsWanted(DeploymentView deployment, PutDeployment put, CatalogDeployment wanted) {
		return deployment.model().equals(put.model()) && deployment.provider().equals(put.provider())
				&& deployment.upstreamModel().equals(put.upstreamModel()) && deployment.dataClass() == put.dataClass()
				&& (put.settings() == null || deployment.settings().equals(put.settings()))
				&& (wanted.enabled() == null || wanted.enabled() == deployment.enabled());
	}

	/** Returns the price to begin with, or null for none. */
	private static @Nullable ListPriceFact price(CatalogModel entry, CatalogDeployment wanted, Instant now) {
		ListPriceFact price = entry.listPrice();
		if (Boolean.FALSE.equals(wanted.listPrice()) || (wanted.listPrice() == null && price == null)) {
			return null;
		}
		String field = DEPLOYMENT + "listPrice";
		if (price == null) {
			throw ValidationProblem.of("no_list_price", field,
					"must be false: the catalogue has no list price of " + entry.id());
		}
		if (wanted.listPrice() == null && entry.hosting().contains(Hosting.LOCAL)) {
			throw ValidationProblem.of("list_price_unclear", field,
					"must be given: true if the provider asks the vendor's price, false if it is your own machine");
		}
		if (price.over(now)) {
			throw ValidationProblem.of("list_price_over", field,
					"must be false: the vendor asked this price until " + price.validUntil() + " and no longer");
		}
		return price;
	}

	private static PriceCardEntry card(CatalogModel entry, ListPriceFact price, String deployment) {
		List<TierEntry> tiers = price.tiers().stream().map((tier) -> tier(entry, tier)).toList();
		String source = price.sources().stream().map(CatalogSource::url).collect(Collectors.joining(" "));
		String note = "List price of " + entry.id() + " as of " + price.sources().getFirst().asOf() + "."
				+ ((price.note() != null) ? " " + price.note() : "");
		return new PriceCardEntry(deployment, null, price.currency(), tiers, source, note);
	}

	/** A card prices output always; an embeddings model has none, at no price. */
	private static TierEntry tier(CatalogModel entry, PriceTier tier) {
		Map<UsageBucket, BigDecimal> prices = new EnumMap<>(tier.prices());
		if (entry.embeds()) {
			prices.putIfAbsent(UsageBucket.OUTPUT, BigDecimal.ZERO);
		}
		return TierEntry.of(new PriceTier(tier.serviceTier(), tier.inputTokensOver(), prices));
	}

	/** Runs a command, and tells problems by their place in the body. */
	private static <T> T ofDeployment(Supplier<T> command) {
		try {
			return command.get();
		}
		catch (ValidationProblem problem) {
			List<FieldProblem> moved = new ArrayList<>();
			problem.problems()
				.forEach((field) -> moved
					.add(new FieldProblem(field.code(), DEPLOYMENT + field.field(), field.message())));
			throw new ValidationProblem(moved);
		}
	}

	/**
	 * How a model of the catalogue is to stand in the registry.
	 *
	 * @param name its unique name; the entry's identifier by default
	 * @param displayName what people read; the entry's name by default
	 * @param contextWindow tokens of input and output together; the entry's by default,
	 * and required where it has none
	 * @param maxOutput tokens of output at most; the entry's by default, the context
	 * window where it has none
	 * @param lifecycle where it stands; as in the entry by default
	 * @param allowRetired whether a model that its vendor retired may be registered;
	 * false by default
	 * @param deployment where it is served; nowhere yet by default
	 */
	record CatalogRegistration(@Nullable String name, @Nullable String displayName, @Nullable Integer contextWindow,
			@Nullable Integer maxOutput, @Nullable @Valid LifecycleEntry lifecycle, @Nullable Boolean allowRetired,
			@Nullable @Valid CatalogDeployment deployment) {
	}

	/**
	 * Where a model of the catalogue is to be served. The provider's credential is given
	 * to the provider, not here.
	 *
	 * @param name its unique name; the provider's and the model's with a slash between by
	 * default
	 * @param provider where it is served, by name
	 * @param upstreamModel the name the provider knows; the entry's by default
	 * @param dataClass the most sensitive content it may see
	 * @param settings how it is called
	 * @param enabled whether it may be a candidate; true by default
	 * @param listPrice whether its first price card is the entry's list price; true by
	 * default where there is one, but to be said for a model that is hosted and local
	 */
	record CatalogDeployment(@Nullable String name, @NotNull String provider, @Nullable String upstreamModel,
			@NotNull DataClass dataClass, @Nullable @Valid SettingsEntry settings, @Nullable Boolean enabled,
			@Nullable Boolean listPrice) {
	}

	/**
	 * What stands in the registry now.
	 *
	 * @param catalog the entry's identifier
	 * @param model the model
	 * @param modelCreated whether it was not there before
	 * @param deployment the deployment, where one was asked for
	 * @param deploymentCreated whether it was not there before
	 * @param priceCard the deployment's latest price card, where it has one
	 * @param priceCardCreated whether it was not there before
	 */
	record RegisteredModel(String catalog, Model model, boolean modelCreated, @Nullable DeploymentView deployment,
			boolean deploymentCreated, @Nullable PriceCardResource priceCard, boolean priceCardCreated) {

		boolean anyCreated() {
			return this.modelCreated || this.deploymentCreated || this.priceCardCreated;
		}

	}

}
