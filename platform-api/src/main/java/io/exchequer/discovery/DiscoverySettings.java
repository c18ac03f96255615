package io.exchequer.discovery;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is looked for at each start on the embedded database; a value out of its range
 * stops the start-up.
 *
 * @param enabled whether anything is looked for; on an external database, nothing ever is
 * @param servers where model servers may be, at most 32: addresses of this machine, such
 * as {@code http://127.0.0.1:11434}; by default the usual ports of Ollama, vLLM,
 * llama.cpp and LM Studio. What a server is, its answers tell
 * @param timeout the longest that one answer of such a server is waited for, 10 ms to 30
 * s
 * @param serverTimeout the longest that one server is asked in all, to 5 min
 * @param modelsMax the most models that are taken from one server, 1 to 1,000
 */
@ConfigurationProperties("exchequer.discovery")
public record DiscoverySettings(@DefaultValue("true") boolean enabled, @DefaultValue( {
		"http://127.0.0.1:11434", "http://127.0.0.1:8000", "http://127.0.0.1:8080",
		"http://127.0.0.1:1234" }) List<URI> servers, @DefaultValue("2s") Duration timeout,
		@DefaultValue("15s") Duration serverTimeout, @DefaultValue("100") int modelsMax){

	private static final int SERVERS_MAX = 32;

	private static final int MODELS_MAX = 1_000;

	private static final Duration TIMEOUT_LEAST = Duration.ofMillis(10);

	private static final Duration TIMEOUT_MOST = Duration.ofSeconds(30);

	private static final Duration SERVER_TIMEOUT_MOST = Duration.ofMinutes(5);

	private static final Pattern THIS_MACHINE = Pattern
		.compile("localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1]");

	public DiscoverySettings {
		servers = List.copyOf(servers);
		require(servers.size() <= SERVERS_MAX, "servers", "must be at most " + SERVERS_MAX, servers.size());
		servers.forEach(DiscoverySettings::checkServer);
		require(timeout.compareTo(TIMEOUT_LEAST) >= 0 && timeout.compareTo(TIMEOUT_MOST) <= 0, "timeout",
				"must be 10 ms to 30 s", timeout);
		require(serverTimeout.compareTo(timeout) >= 0 && serverTimeout.compareTo(SERVER_TIMEOUT_MOST) <= 0,
				"server-timeout", "must be exchequer.discovery.timeout to 5 min", serverTimeout);
		require(modelsMax >= 1 && modelsMax <= MODELS_MAX, "models-max", "must be 1 to " + MODELS_MAX, modelsMax);
	}

	/** Returns whether a URL's host is written as this machine's own. */
	static boolean isThisMachine(String host) {
		return THIS_MACHINE.matcher(host).matches();
	}

	private static void checkServer(URI server) {
		String path = server.getRawPath();
		boolean plain = "http".equals(server.getScheme()) && server.getRawUserInfo() == null
				&& server.getRawQuery() == null && server.getRawFragment() == null && (path == null || path.isEmpty());
		boolean here = server.getHost() != null && isThisMachine(server.getHost());
		// What is wrong may hold a password, and is not repeated.
		require(plain && here && server.getPort() >= 1 && server.getPort() <= 65_535, "servers",
				"must be addresses of this machine alone, such as http://127.0.0.1:11434", "another");
	}

	private static void require(boolean condition, String name, String rule, Object value) {
		if (!condition) {
			throw new IllegalArgumentException("exchequer.discovery." + name + " " + rule + ", not " + value);
		}
	}

}
