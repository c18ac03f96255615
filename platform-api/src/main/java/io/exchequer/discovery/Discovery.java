package io.exchequer.discovery;

import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

import io.exchequer.catalog.CatalogModel;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.configuration.StaleConfigurationException;
import io.exchequer.discovery.FoundServer.FoundModel;
import io.exchequer.discovery.HostedProviders.Keyed;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.security.Actor;
import io.exchequer.security.CurrentActor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Looks around at a start. Each thing that is found is registered in a transaction of its
 * own, as the platform's own work: one that cannot be does not keep the others out, and
 * never stops the start.
 */
@Component
@EnableConfigurationProperties(DiscoverySettings.class)
public class Discovery {

	private static final Logger logger = LoggerFactory.getLogger(Discovery.class);

	private final DiscoverySettings settings;

	private final HostedProviders hosted;

	private final HostedModels hostedModels;

	private final LocalServers servers;

	private final DiscoveredThings things;

	private final CurrentActor actors;

	private final ConfigurationSource configuration;

	private final TransactionTemplate transaction;

	Discovery(DiscoverySettings settings, HostedProviders hosted, HostedModels hostedModels, LocalServers servers,
			DiscoveredThings things, CurrentActor actors, ConfigurationSource configuration,
			TransactionTemplate transaction) {
		this.settings = settings;
		this.hosted = hosted;
		this.hostedModels = hostedModels;
		this.servers = servers;
		this.things = things;
		this.actors = actors;
		this.configuration = configuration;
		this.transaction = transaction;
	}

	/** Returns whether an administrator wants it. */
	public boolean isEnabled() {
		return this.settings.enabled();
	}

	/**
	 * Registers the hosted providers whose keys are in the environment, and what the
	 * catalogue knows of their models; calls nobody.
	 * @param ownPort where this platform listens
	 */
	public void lookIntoEnvironment(int ownPort) {
		for (Keyed keyed : this.hosted.inEnvironment()) {
			attempt(keyed.variable(), () -> this.hosted.register(keyed, ownPort)).flatMap((registered) -> registered)
				.ifPresent((provider) -> registerModels(keyed.kind(), provider));
		}
		refresh();
	}

	private void registerModels(String kind, String provider) {
		List<CatalogModel> models = this.hostedModels.of(kind);
		int registered = 0;
		for (CatalogModel model : models) {
			boolean isNew = attempt(model.id(), () -> this.hostedModels.register(provider, model)).orElse(false);
			registered += isNew ? 1 : 0;
		}
		if (registered > 0) {
			logger.info("Registered {} models at {}, at their list prices", registered, provider);
		}
	}

	/**
	 * Asks the addresses on this machine where model servers may be, all at once, and
	 * registers those that are.
	 * @param ownPort where this platform listens, which is not asked
	 * @throws InterruptedException if the thread was interrupted; what was registered by
	 * then stays
	 */
	public void lookAround(int ownPort) throws InterruptedException {
		for (FoundServer server : found(ownPort)) {
			Optional<String> provider = attempt(server.title(), () -> this.servers.register(server))
				.flatMap((registered) -> registered);
			if (provider.isEmpty()) {
				continue;
			}
			int registered = 0;
			for (FoundModel model : server.models()) {
				boolean isNew = attempt(server.title(), () -> this.servers.register(server, provider.get(), model))
					.orElse(false);
				registered += isNew ? 1 : 0;
			}
			logger.info("Found {} at {}: {} of its {} models are new and registered at the provider {}", server.title(),
					server.address(), registered, server.models().size(), provider.get());
		}
		refresh();
	}

	private List<FoundServer> found(int ownPort) throws InterruptedException {
		List<FoundServer> found = new ArrayList<>();
		HttpClient client = LoopbackClient.shared(this.settings.timeout());
		ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
		try {
			ServerProbe probe = new ServerProbe(this.settings, client);
			List<Future<Optional<FoundServer>>> probes = new ArrayList<>();
			for (URI address : this.settings.servers()) {
				if (address.getPort() != ownPort) {
					probes.add(threads.submit(() -> probe.probe(address)));
				}
			}
			for (Future<Optional<FoundServer>> each : probes) {
				try {
					each.get().ifPresent(found::add);
				}
				catch (ExecutionException ex) {
					logger.warn("A server on this machine could not be looked at", ex.getCause());
				}
			}
		}
		finally {
			threads.shutdownNow();
			client.shutdownNow();
		}
		return found;
	}

	/** Does something in a transaction; returns empty where that could not be. */
	private <T> Optional<T> attempt(String what, Supplier<T> work) {
		try {
			return Optional.ofNullable(this.actors.runAs(Actor.PLATFORM, () -> this.transaction.execute((status) -> {
				this.things.lock();
				return work.get();
			})));
		}
		catch (ValidationProblem | ConflictProblem | DataAccessException | TransactionException ex) {
			logger.warn("{} was found and could not be registered: {}", what, ex.getMessage());
			return Optional.empty();
		}
	}

	/** Has this replica serve by what was registered, sooner than it would by itself. */
	private void refresh() {
		try {
			this.configuration.refresh();
		}
		catch (StaleConfigurationException ex) {
			logger.debug("The configuration is read again later", ex);
		}
	}

}
