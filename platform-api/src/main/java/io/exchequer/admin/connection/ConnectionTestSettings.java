package io.exchequer.admin.connection;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How deployments are tested; a value out of its range stops the start-up.
 *
 * @param timeout the longest that one call of a test may take, where the deployment's own
 * limits are longer; 1 s to 10 min. A local server may have to load the model first
 */
@ConfigurationProperties("exchequer.connection-test")
public record ConnectionTestSettings(@DefaultValue("60s") Duration timeout) {

	private static final Duration LEAST = Duration.ofSeconds(1);

	private static final Duration MOST = Duration.ofMinutes(10);

	public ConnectionTestSettings {
		if (timeout.compareTo(LEAST) < 0 || timeout.compareTo(MOST) > 0) {
			throw new IllegalArgumentException(
					"exchequer.connection-test.timeout must be 1 s to 10 min, not " + timeout);
		}
	}

}
