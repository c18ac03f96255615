package io.exchequer.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.dockerclient.DockerClientProviderStrategy;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.ImageNameSubstitutor;

/**
 * A PostgreSQL in a container, where a Docker engine can run one.
 * <p>
 * An engine that hangs, or that has no registry to pull from, must cost the tests seconds
 * and not their success. Testcontainers by itself waits for the one without a limit, and
 * tries for minutes to pull from the other. So each step has a limit of its own, and what
 * it needs is pulled beforehand, in one try.
 */
final class ContainerServer {

	private static final Logger log = LoggerFactory.getLogger(ContainerServer.class);

	private static final String IMAGE = "postgres:18-alpine";

	private static final Duration ENGINE_LIMIT = Duration.ofSeconds(15);

	/** A slow line may take this long; a registry out of reach fails by itself. */
	private static final Duration PULL_LIMIT = Duration.ofMinutes(3);

	/** Testcontainers' own small image is pulled within it, too. */
	private static final Duration START_LIMIT = Duration.ofMinutes(1);

	private ContainerServer() {
	}

	/**
	 * Starts the container.
	 * @param settings the server's settings, by their names
	 * @return the server; empty if there is no engine, or none that can run it
	 */
	static Optional<TestServer> start(Map<String, String> settings) {
		try {
			Optional<DockerClient> engine = within(ENGINE_LIMIT, ContainerServer::engine);
			if (engine.isEmpty()) {
				return Optional.empty();
			}
			within(PULL_LIMIT, () -> pullUnlessThere(engine.get()));
			return Optional.of(within(START_LIMIT, () -> run(settings)));
		}
		catch (ExecutionException ex) {
			return embeddedBecause(String.valueOf(ex.getCause()));
		}
		catch (TimeoutException ex) {
			return embeddedBecause("no answer in time");
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return embeddedBecause("interrupted");
		}
	}

	private static Optional<TestServer> embeddedBecause(String reason) {
		log.warn("The Docker engine cannot run {}, the embedded PostgreSQL serves instead: {}", IMAGE, reason);
		return Optional.empty();
	}

	private static <T> T within(Duration limit, Callable<T> step)
			throws ExecutionException, TimeoutException, InterruptedException {
		FutureTask<T> task = new FutureTask<>(step);
		Thread thread = Thread.ofPlatform().daemon().name("container-server").start(task);
		try {
			return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
		}
		finally {
			thread.interrupt();
		}
	}

	private static Optional<DockerClient> engine() {
		List<DockerClientProviderStrategy> strategies = new ArrayList<>();
		ServiceLoader.load(DockerClientProviderStrategy.class).forEach(strategies::add);
		try {
			return Optional.of(DockerClientProviderStrategy.getFirstValidStrategy(strategies).getDockerClient());
		}
		catch (IllegalStateException ex) {
			// Nothing answers where an engine would be: the usual case, and no fault.
			return Optional.empty();
		}
	}

	private static String pullUnlessThere(DockerClient engine) throws InterruptedException {
		DockerImageName name = ImageNameSubstitutor.instance().apply(DockerImageName.parse(IMAGE));
		String image = name.asCanonicalNameString();
		try {
			engine.inspectImageCmd(image).exec();
		}
		catch (NotFoundException ex) {
			engine.pullImageCmd(name.getUnversionedPart()).withTag(name.getVersionPart()).start().awaitCompletion();
		}
		return image;
	}

	private static TestServer run(Map<String, String> settings) {
		StringBuilder command = new StringBuilder("postgres");
		settings.forEach((name, value) -> command.append(" -c ").append(name).append('=').append(value));
		// It ends with the JVM: Testcontainers sees to that.
		PostgreSQLContainer container = new PostgreSQLContainer(IMAGE);
		container.setCommand(command.toString());
		container.start();
		return new TestServer(container.getHost(), container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
				container.getUsername(), container.getPassword());
	}

}
