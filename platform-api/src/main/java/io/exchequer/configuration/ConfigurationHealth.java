package io.exchequer.configuration;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * A replica that may not serve by its configuration is not ready.
 */
final class ConfigurationHealth extends AbstractHealthIndicator {

	private final ConfigurationSource source;

	ConfigurationHealth(ConfigurationSource source) {
		super("The configuration is stale");
		this.source = source;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		try {
			builder.up().withDetail("version", this.source.current().version());
		}
		catch (StaleConfigurationException ex) {
			builder.outOfService().withDetail("reason", String.valueOf(ex.getMessage()));
		}
	}

}
