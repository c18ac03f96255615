package io.exchequer.start;

import java.nio.file.Path;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What an operator sets for the start, each also as an environment variable:
 * {@code exchequer.data-dir} is {@code EXCHEQUER_DATA_DIR}. Its text shows no secret.
 *
 * @param dataDir where an embedded PostgreSQL and its secrets are kept; by default
 * {@code .exchequer} in the user's home
 * @param masterKeys {@code id:base64} keys separated by commas, the first is current;
 * null where none were given
 * @param adminKey the first platform administrator's token, or null to have one generated
 * @param demoKey the demo world's virtual key, or null to have one generated
 * @param demo whether an empty installation on the embedded PostgreSQL gets the demo
 * world
 * @param gatewayConnections at most this many connections of the hot path, 2 to 1,000
 * @param consoleConnections at most this many connections of administration, 2 to 1,000
 */
@ConfigurationProperties("exchequer")
public record StartSettings(@Nullable Path dataDir, @Nullable String masterKeys, @Nullable String adminKey,
		@Nullable String demoKey, @DefaultValue("true") boolean demo, @DefaultValue("10") int gatewayConnections,
		@DefaultValue("10") int consoleConnections) {

	private static final int MOST_CONNECTIONS = 1000;

	public StartSettings {
		masterKeys = absentIfBlank(masterKeys);
		adminKey = absentIfBlank(adminKey);
		demoKey = absentIfBlank(demoKey);
		checkToken("EXCHEQUER_ADMIN_KEY", adminKey);
		checkToken("EXCHEQUER_DEMO_KEY", demoKey);
		checkConnections("EXCHEQUER_GATEWAY_CONNECTIONS", gatewayConnections);
		checkConnections("EXCHEQUER_CONSOLE_CONNECTIONS", consoleConnections);
		if (dataDir == null || dataDir.toString().isBlank()) {
			dataDir = Path.of(System.getProperty("user.home", "."), ".exchequer");
		}
	}

	/** Returns where the embedded PostgreSQL is kept. */
	Path dataDirectory() {
		return Optional.ofNullable(this.dataDir).orElseThrow();
	}

	/**
	 * A variable that is set to nothing, as container tools like to, is one that is not
	 * set.
	 */
	static @Nullable String absentIfBlank(@Nullable String value) {
		return (value == null || value.isBlank()) ? null : value.strip();
	}

	private static void checkToken(String name, @Nullable String token) {
		if (token != null && !token.chars().allMatch((character) -> character > ' ' && character < 0x7f)) {
			throw new StartException(name + " has characters that cannot be sent in a header",
					"Use printable ASCII characters without blanks in " + name + ".");
		}
	}

	private static void checkConnections(String name, int connections) {
		if (connections < 2 || connections > MOST_CONNECTIONS) {
			throw new StartException(name + " is " + connections, "Set it to 2 to " + MOST_CONNECTIONS + ".");
		}
	}

	@Override
	public String toString() {
		return "StartSettings[dataDir=" + this.dataDir + ", demo=" + this.demo + ", gatewayConnections="
				+ this.gatewayConnections + ", consoleConnections=" + this.consoleConnections + "]";
	}

}
