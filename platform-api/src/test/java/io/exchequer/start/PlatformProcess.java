package io.exchequer.start;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * The real platform in a process of its own, as an operator starts it: nothing but
 * environment variables, and none of the test classes.
 */
public final class PlatformProcess implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofMinutes(4);

	private static final Duration POLL = Duration.ofMillis(100);

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private static final int READY = 200;

	private final Process process;

	private final Path output;

	private final HttpClient client = HttpClient.newHttpClient();

	private volatile @Nullable String port;

	private PlatformProcess(Process process, Path output) {
		this.process = process;
		this.output = output;
	}

	/**
	 * Starts the platform on a free port and waits until it is ready.
	 * @param variables its environment variables; those that the tests themselves were
	 * started with do not reach it
	 * @throws IllegalStateException with its output, if it ends instead
	 */
	public static PlatformProcess start(Map<String, String> variables) {
		PlatformProcess platform = launch(variables);
		platform.awaitReady();
		return platform;
	}

	/** Starts the platform on a free port, and does not wait. */
	public static PlatformProcess launch(Map<String, String> variables) {
		return launch(variables, List.of("-cp", classPath(), "io.exchequer.ExchequerApplication"));
	}

	/** Starts the packaged jar on a free port, and waits until it is ready. */
	public static PlatformProcess startJar(Map<String, String> variables) {
		try (Stream<Path> built = Files.list(Path.of("target"))) {
			Path jar = built.filter((file) -> file.getFileName().toString().endsWith("-exec.jar"))
				.findAny()
				.orElseThrow();
			PlatformProcess platform = launch(variables, List.of("-jar", jar.toAbsolutePath().toString()));
			platform.awaitReady();
			return platform;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static PlatformProcess launch(Map<String, String> variables, List<String> what) {
		try {
			Path output = Files.createTempFile("platform", ".log");
			List<String> command = new ArrayList<>(List.of(
					Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
					"-XX:+UseSerialGC", "-Xmx512m", "--enable-native-access=ALL-UNNAMED"));
			command.addAll(what);
			ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(output.toFile());
			Map<String, String> environment = builder.environment();
			environment.keySet()
				.removeIf((name) -> name.startsWith("EXCHEQUER_") || name.startsWith("SPRING_")
						|| name.startsWith("SERVER_") || name.endsWith("_API_KEY") || name.endsWith("_BASE_URL"));
			environment.put("SERVER_PORT", "0");
			// Whatever runs on this machine is none of the tests' business.
			environment.put("EXCHEQUER_DISCOVERY_SERVERS", "");
			environment.putAll(variables);
			return new PlatformProcess(builder.start(), output);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Returns the variables that let a platform work on a test's database. */
	public static Map<String, String> on(TestDatabase database) {
		return Map.of("SPRING_DATASOURCE_URL", database.jdbcUrl(), "SPRING_DATASOURCE_USERNAME", database.username(),
				"SPRING_DATASOURCE_PASSWORD", database.password());
	}

	/** Test classes hold configurations that the platform would find when it scans. */
	private static String classPath() {
		return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> !isTests(Path.of(entry)))
			.collect(Collectors.joining(File.pathSeparator));
	}

	private static boolean isTests(Path entry) {
		return Files.exists(entry.resolve("io/exchequer/start/PlatformProcess.class"));
	}

	/** Waits until the platform says that it is ready. */
	public void awaitReady() {
		Awaitility.await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(POLL).until(() -> {
			if (!this.process.isAlive()) {
				throw new IllegalStateException("The platform ended:\n" + output());
			}
			return port().isPresent() && isReady();
		});
	}

	/** Waits until its port is open, which is before it is ready. */
	public void awaitPort() {
		Awaitility.await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(POLL).until(() -> {
			if (!this.process.isAlive()) {
				throw new IllegalStateException("The platform ended:\n" + output());
			}
			return port().isPresent();
		});
	}

	/** Returns whether the platform answers that it is ready. */
	public boolean isReady() {
		try {
			return get("/actuator/health/readiness").statusCode() == READY;
		}
		catch (IOException ex) {
			return false;
		}
	}

	/** Sends a GET without any headers. */
	public HttpResponse<String> get(String target) throws IOException {
		return send(HttpRequest.newBuilder(uri(target)).build());
	}

	/** Sends a request and reads the whole answer. */
	public HttpResponse<String> send(HttpRequest request) throws IOException {
		try {
			return this.client.send(request, HttpResponse.BodyHandlers.ofString());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
	}

	/** Returns the address of a target that begins with a slash. */
	public URI uri(String target) {
		return URI.create("http://127.0.0.1:" + port().orElseThrow() + target);
	}

	private Optional<String> port() {
		if (this.port == null) {
			Matcher matcher = PORT.matcher(output());
			this.port = matcher.find() ? matcher.group(1) : null;
		}
		return Optional.ofNullable(this.port);
	}

	/** Returns everything it has printed so far. */
	public String output() {
		try {
			return Files.readString(this.output);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Returns the printed lines that hold a text. */
	public List<String> lines(String text) {
		return output().lines().filter((line) -> line.contains(text)).toList();
	}

	/** Ends it as {@code kill -9} does, and waits for its end. */
	public void kill() {
		this.process.destroyForcibly();
		this.process.onExit().join();
	}

	/** Asks it to end, as {@code kill} does, and returns its exit status. */
	public int stop() {
		this.process.destroy();
		return awaitEnd();
	}

	/** Waits until it ends by itself, and returns its exit status. */
	public int awaitEnd() {
		this.process.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
		return this.process.exitValue();
	}

	/** Stops it, and kills it where that takes too long. */
	@Override
	public void close() {
		try {
			this.process.destroy();
			if (!this.process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
				kill();
			}
			Files.deleteIfExists(this.output);
		}
		catch (InterruptedException ex) {
			kill();
			Thread.currentThread().interrupt();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.client.close();
	}

}
