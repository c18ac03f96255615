package io.exchequer.configuration;

import javax.sql.DataSource;

import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.kernel.SnapshotLoader;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.routing.PolicySnapshot;
import io.exchequer.tenancy.IdentitySnapshot;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Loads the configuration before anything is served, and watches it until the end.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ConfigurationSettings.class)
class HoldingConfiguration {

	@Bean
	ConfigurationHolder configurationHolder(@Qualifier("gatewayDataSource") DataSource database,
			SnapshotLoader<RegistrySnapshot> registry, SnapshotLoader<BudgetSnapshot> budgets,
			SnapshotLoader<PolicySnapshot> policies, SnapshotLoader<IdentitySnapshot> identity,
			ConfigurationSettings settings) {
		return new ConfigurationHolder(database, new ConfigurationLoader(registry, budgets, policies, identity),
				settings.staleness(), System::nanoTime);
	}

	@Bean(initMethod = "start")
	ConfigurationWatch configurationWatch(ConfigurationHolder holder,
			@Qualifier("unpooledDataSource") DataSource unpooled, ConfigurationSettings settings) {
		return new ConfigurationWatch(holder, unpooled, settings.poll());
	}

	/** Takes part in the readiness group by its name, {@code configuration}. */
	@Bean
	HealthIndicator configurationHealthIndicator(ConfigurationHolder holder) {
		return new ConfigurationHealth(holder);
	}

	@Bean
	MeterBinder configurationMetrics(ConfigurationHolder holder) {
		return (registry) -> {
			Gauge.builder("exchequer.configuration.version", holder, ConfigurationHolder::version)
				.description("The version of the configuration this replica serves by")
				.register(registry);
			TimeGauge.builder("exchequer.configuration.age", holder, NANOSECONDS, ConfigurationHolder::age_ns)
				.description("The time since the database last confirmed the version")
				.register(registry);
		};
	}

}
