package io.exchequer.discovery;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import io.exchequer.admin.Registrations;
import io.exchequer.discovery.DiscoveredThings.Thing;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.ProviderKinds;
import io.exchequer.registry.RegistryCommand.PutProvider;
import io.exchequer.registry.RegistryView.CredentialView;
import io.exchequer.registry.RegistryView.ProviderView;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Registers hosted providers whose keys are in the environment. Nothing is called.
 */
@Component
class HostedProviders {

	private static final Logger logger = LoggerFactory.getLogger(HostedProviders.class);

	/** How the platform's own virtual keys begin. */
	private static final String OWN_KEY = "exq_";

	private static final List<Hosted> HOSTED = List.of(
			new Hosted("openai", List.of("OPENAI_API_KEY"), "OPENAI_BASE_URL", "https://api.openai.com/v1"),
			new Hosted("anthropic", List.of("ANTHROPIC_API_KEY"), "ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
			new Hosted("gemini", List.of("GEMINI_API_KEY", "GOOGLE_API_KEY"), null,
					"https://generativelanguage.googleapis.com"),
			new Hosted("mistral", List.of("MISTRAL_API_KEY"), null, "https://api.mistral.ai/v1"));

	private final Environment environment;

	private final ProviderKinds kinds;

	private final Registrations registrations;

	private final DiscoveredThings things;

	HostedProviders(Environment environment, ProviderKinds kinds, Registrations registrations,
			DiscoveredThings things) {
		this.environment = environment;
		this.kinds = kinds;
		this.registrations = registrations;
		this.things = things;
	}

	/** Returns the providers that the environment has a key for. */
	List<Keyed> inEnvironment() {
		return HOSTED.stream().flatMap((hosted) -> keyed(hosted).stream()).toList();
	}

	private Optional<Keyed> keyed(Hosted hosted) {
		for (String variable : hosted.keyVariables()) {
			String key = variable(variable);
			if (key != null) {
				String given = (hosted.urlVariable() != null) ? variable(hosted.urlVariable()) : null;
				return Optional.of(new Keyed(hosted.name(), variable, key, (given != null) ? given : hosted.baseUrl()));
			}
		}
		return Optional.empty();
	}

	private @Nullable String variable(String name) {
		String value = this.environment.getProperty(name);
		return (value == null || value.isBlank()) ? null : value.strip();
	}

	/**
	 * Registers a provider, or gives it the environment's newer key where its credential
	 * is still the one that came from there. Joins the caller's transaction.
	 * @param ownPort where this platform listens
	 * @return the provider to register its vendor's models at, or empty where there is
	 * none, it is an administrator's, or it is another's server than the vendor's
	 * @throws ValidationProblem if its URL or its key cannot be used
	 */
	Optional<String> register(Keyed keyed, int ownPort) {
		if (!this.kinds.kinds().contains(keyed.kind())) {
			logger.info("{} is set, but nothing here speaks to providers of the kind {}: it is not used",
					keyed.variable(), keyed.kind());
			return Optional.empty();
		}
		if (keyed.key().startsWith(OWN_KEY) || isOwn(keyed.baseUrl(), ownPort)) {
			logger.info("{} is for this platform itself: it is not used", keyed.variable());
			return Optional.empty();
		}
		String reference = keyed.kind() + " " + keyed.variable();
		Optional<Thing> before = this.things.find(DiscoveredThings.PROVIDER, reference);
		if (before.isPresent()) {
			refresh(keyed, reference, before.get());
			return Optional.ofNullable(before.get().name()).filter(this::isTheVendors);
		}
		boolean taken = this.registrations.provider(keyed.kind()).isPresent();
		this.things.add(DiscoveredThings.PROVIDER, reference, taken ? null : keyed.kind());
		if (taken) {
			logger.info("{} is not used: there is a provider {} already", keyed.variable(), keyed.kind());
			return Optional.empty();
		}
		this.registrations.add(new PutProvider(keyed.kind(), keyed.kind(), keyed.baseUrl(), Map.of()));
		this.things.setCredential(reference, this.registrations.setCredential(keyed.kind(), keyed.key()).id());
		logger.info("Registered the provider {} with {}", keyed.kind(), keyed.variable());
		return Optional.of(keyed.kind()).filter(this::isTheVendors);
	}

	/** Another server need not have the vendor's models, nor ask the vendor's prices. */
	private boolean isTheVendors(String name) {
		return this.registrations.provider(name)
			.map(ProviderView::provider)
			.filter((provider) -> HOSTED.stream()
				.anyMatch((hosted) -> hosted.name().equals(provider.kind())
						&& hosted.baseUrl().equals(provider.baseUrl())))
			.isPresent();
	}

	private void refresh(Keyed keyed, String reference, Thing before) {
		String name = before.name();
		CredentialView current = (name != null)
				? this.registrations.provider(name).map(ProviderView::credential).orElse(null) : null;
		if (name == null || current == null || !current.id().equals(before.credential())) {
			return; // An administrator's now.
		}
		CredentialView now = this.registrations.setCredential(name, keyed.key());
		if (!Objects.equals(now.id(), current.id())) {
			this.things.setCredential(reference, now.id());
			logger.info("The provider {} has the new key of {}", name, keyed.variable());
		}
	}

	/** Software that is to ask this platform finds it by the same variables. */
	private static boolean isOwn(String baseUrl, int ownPort) {
		try {
			URI url = new URI(baseUrl);
			return url.getPort() == ownPort && url.getHost() != null && DiscoverySettings.isThisMachine(url.getHost());
		}
		catch (java.net.URISyntaxException ex) {
			return false;
		}
	}

	/**
	 * A provider that is known by a variable.
	 *
	 * @param name its name, and its kind
	 * @param keyVariables the variables that may hold its key, the first that does counts
	 * @param urlVariable the variable that may hold its URL, or null for none
	 * @param baseUrl its usual URL
	 */
	private record Hosted(String name, List<String> keyVariables, @Nullable String urlVariable, String baseUrl) {
	}

	/**
	 * A provider that the environment has a key for. Its text does not show the key.
	 *
	 * @param kind its kind, and its name
	 * @param variable the variable that holds its key
	 * @param key the key
	 * @param baseUrl its URL
	 */
	record Keyed(String kind, String variable, String key, String baseUrl) {

		@Override
		public String toString() {
			return "Keyed[" + this.kind + " by " + this.variable + "]";
		}

	}

}
