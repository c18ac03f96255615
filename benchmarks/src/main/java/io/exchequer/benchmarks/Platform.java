package io.exchequer.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The packaged platform on its embedded, durable PostgreSQL, with one tenant whose
 * requests stand under budgets of the tenant, the team and the key.
 *
 * @param process the platform's process
 * @param databasePid PostgreSQL's first process
 * @param port the platform's port
 * @param key the virtual key
 */
record Platform(Process process, long databasePid, int port, String key) {

	/** The model's name in the apply file. */
	static final String MODEL = "bench-1";

	/** The name of the model whose upstream speaks another wire. */
	static final String TRANSLATED_MODEL = "bench-translated";

	private static final String ADMINISTRATOR = "bench-" + UUID.randomUUID() + UUID.randomUUID();

	private static final Duration START_MAX = Duration.ofMinutes(8);

	/**
	 * Starts and configures it.
	 * @throws IllegalStateException if it does not become ready; says where its log is
	 */
	static Platform start(Processes processes, Options options, int mockPort) throws IOException, InterruptedException {
		int port = Nginx.freePort();
		List<String> command = new ArrayList<>(List.of(options.java()));
		command.addAll(options.jvmOptions());
		command.addAll(List.of("-jar", options.platformJar().toString()));
		Process process = processes.logged("platform", command, environment(options, port));
		Control control = new Control();
		String base = "http://127.0.0.1:" + port;
		awaitReady(process, control, base, processes.log("platform"));
		long database = postmaster(data(options));
		processes.note(database);
		String key = configure(control, base, mockPort);
		return new Platform(process, database, port, key);
	}

	/** Returns what the platform is told by its environment. */
	static Map<String, String> environment(Options options, int port) {
		return Map.of("SERVER_PORT", String.valueOf(port), "SERVER_ADDRESS", "127.0.0.1", "EXCHEQUER_DATA_DIR",
				data(options).toString(), "EXCHEQUER_ADMIN_KEY", ADMINISTRATOR, "EXCHEQUER_DEMO", "false",
				"EXCHEQUER_DISCOVERY_ENABLED", "false");
	}

	private static Path data(Options options) {
		return options.work().resolve("data").toAbsolutePath();
	}

	private static void awaitReady(Process process, Control control, String base, Path log)
			throws InterruptedException {
		long until = System.nanoTime() + START_MAX.toNanos();
		while (process.isAlive() && System.nanoTime() < until) {
			try {
				control.get(base + "/actuator/health/readiness");
				return;
			}
			catch (IllegalStateException ex) {
				Thread.sleep(250);
			}
		}
		throw new IllegalStateException("The platform did not become ready; see " + log);
	}

	/** Finds PostgreSQL by the file it keeps in its data directory. */
	private static long postmaster(Path data) throws IOException {
		try (Stream<Path> files = Files.walk(data)) {
			Path found = files.filter((path) -> path.endsWith("postmaster.pid"))
				.findFirst()
				.orElseThrow(() -> new IllegalStateException("No PostgreSQL runs in " + data));
			return Long.parseLong(Files.readAllLines(found).getFirst().strip());
		}
	}

	private static String configure(Control control, String base, int mockPort) throws IOException {
		String file;
		try (var resource = Platform.class.getResourceAsStream("apply.yaml")) {
			if (resource == null) {
				throw new IllegalStateException("apply.yaml is not in the benchmarks' jar");
			}
			file = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
		}
		String answer = control.post(base + "/admin/v1/apply", "application/yaml", ADMINISTRATOR,
				file.replace("{mockPort}", String.valueOf(mockPort)));
		return virtualKey(answer);
	}

	/** Takes the one new key's secret from what applying answered. */
	static String virtualKey(String answer) {
		JsonNode created = JsonMapper.shared().readTree(answer).findValue("secret");
		if (created == null) {
			throw new IllegalStateException("Applying answered no virtual key: " + answer);
		}
		return created.asString();
	}

	/** Ends the platform, and PostgreSQL if it stays behind. */
	void stop() {
		Processes.end(this.process.toHandle());
		ProcessHandle.of(this.databasePid).ifPresent(Processes::end);
	}

}
