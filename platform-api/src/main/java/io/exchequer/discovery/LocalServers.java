package io.exchequer.discovery;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.exchequer.admin.Registrations;
import io.exchequer.discovery.DiscoveredThings.Thing;
import io.exchequer.discovery.FoundServer.FoundModel;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.Provider;
import io.exchequer.registry.ProviderKinds;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryCommand.PutModel;
import io.exchequer.registry.RegistryCommand.PutProvider;
import io.exchequer.registry.RegistryView.ProviderView;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Registers model servers on this machine and what they serve. Content of any class may
 * stay on the machine it is on, and nobody sends a bill: each deployment gets a price of
 * zero that says so.
 */
@Component
class LocalServers {

	private static final Logger logger = LoggerFactory.getLogger(LocalServers.class);

	static final String PRICE_SOURCE = "local, zero price";

	/** Ollama's own API, where something speaks it. */
	private static final String OLLAMA = "ollama";

	private static final String OPENAI = "openai";

	private static final List<PriceTier> NOTHING = List.of(new PriceTier(PriceTier.DEFAULT, 0,
			Map.of(UsageBucket.INPUT, BigDecimal.ZERO, UsageBucket.OUTPUT, BigDecimal.ZERO)));

	private final ProviderKinds kinds;

	private final Registrations registrations;

	private final DiscoveredThings things;

	LocalServers(ProviderKinds kinds, Registrations registrations, DiscoveredThings things) {
		this.kinds = kinds;
		this.registrations = registrations;
		this.things = things;
	}

	/**
	 * Registers a server as a provider. Joins the caller's transaction.
	 * @return the provider to register its models at, or empty where there is none any
	 * more or it is an administrator's
	 */
	Optional<String> register(FoundServer server) {
		PutProvider wanted = provider(server);
		if (!this.kinds.kinds().contains(wanted.kind())) {
			return Optional.empty();
		}
		String reference = reference(server);
		Optional<Thing> before = this.things.find(DiscoveredThings.PROVIDER, reference);
		if (before.isPresent()) {
			return Optional.ofNullable(before.get().name()).filter((name) -> stillLeadsTo(name, server));
		}
		boolean taken = this.registrations.provider(wanted.name()).isPresent();
		this.things.add(DiscoveredThings.PROVIDER, reference, taken ? null : wanted.name());
		if (taken) {
			logger.info("{} at {} is not registered: there is a provider {} already", server.title(), server.address(),
					wanted.name());
			return Optional.empty();
		}
		this.registrations.add(wanted);
		return Optional.of(wanted.name());
	}

	private PutProvider provider(FoundServer server) {
		String name = server.kind().providerName(server.address().getPort());
		if (server.kind() == ServerKind.OLLAMA && this.kinds.kinds().contains(OLLAMA)) {
			return new PutProvider(name, OLLAMA, server.address().toString(), Map.of());
		}
		return new PutProvider(name, OPENAI, server.address() + "/v1", server.kind().openAiSettings());
	}

	/** Whether a provider is where it was found: an administrator may have moved it. */
	private boolean stillLeadsTo(String name, FoundServer server) {
		return this.registrations.provider(name)
			.map(ProviderView::provider)
			.map(Provider::baseUrl)
			.filter((url) -> url.equals(server.address().toString()) || url.equals(server.address() + "/v1"))
			.isPresent();
	}

	private static String reference(FoundServer server) {
		return server.kind().text() + " " + server.address();
	}

	/**
	 * Registers a model at a provider, once. Joins the caller's transaction.
	 * @return whether it is registered now and was not before
	 */
	boolean register(FoundServer server, String provider, FoundModel model) {
		String reference = reference(server) + " " + model.id();
		if (this.things.find(DiscoveredThings.DEPLOYMENT, reference).isPresent()) {
			return false;
		}
		Optional<Place> place = Names.model(model.id()).flatMap((name) -> place(provider, name));
		this.things.add(DiscoveredThings.DEPLOYMENT, reference, place.map(Place::deployment).orElse(null));
		if (place.isEmpty()) {
			logger.info("The model {} of {} at {} is not registered: its name cannot be used or is taken",
					Names.shown(model.id()), server.title(), server.address());
			return false;
		}
		String deployment = place.get().deployment();
		this.registrations.add(new PutModel(place.get().model(), null, model.capabilities(), null));
		this.registrations.add(
				new PutDeployment(deployment, place.get().model(), provider, model.id(), DataClass.RESTRICTED, null,
						true),
				new AddPriceCard(deployment, null, "USD", NOTHING, PRICE_SOURCE,
						"found at " + server.address() + " (" + server.title() + ")"));
		return true;
	}

	/**
	 * Chooses names that nothing has. Another server's model of the same name stays
	 * another model: joining them would change what existing policies choose among.
	 */
	private Optional<Place> place(String provider, String name) {
		Set<String> taken = this.registrations.callableNames();
		Optional<String> deployment = Names.usable(provider + "/" + name).filter((each) -> !taken.contains(each));
		if (deployment.isEmpty()) {
			return Optional.empty();
		}
		return List.of(name, "local/" + provider + "/" + name)
			.stream()
			.filter((each) -> !taken.contains(each) && Names.usable(each).isPresent())
			.findFirst()
			.map((model) -> new Place(model, deployment.get()));
	}

	/** The names of a model and its deployment. */
	private record Place(String model, String deployment) {
	}

}
