package io.exchequer.billing;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BillingSettingsTests {

	private static BillingSettings bind(Map<String, String> properties) {
		return new Binder(new MapConfigurationPropertySource(properties)).bindOrCreate("exchequer.billing",
				BillingSettings.class);
	}

	@Test
	void hasDefaults() {
		assertThat(bind(Map.of())).isEqualTo(BillingSettings.DEFAULTS)
			.isEqualTo(new BillingSettings(Duration.ofSeconds(60), Duration.ofSeconds(20), Duration.ofSeconds(5),
					Duration.ofSeconds(5), Duration.ofSeconds(5), 128, 1, 20_000, Duration.ofDays(30)));
	}

	@Test
	void readsEveryKey() {
		assertThat(bind(Map.of("exchequer.billing.lease-duration", "30s", "exchequer.billing.renewal", "10s",
				"exchequer.billing.sweep-interval", "2s", "exchequer.billing.admit-timeout", "3s",
				"exchequer.billing.settle-timeout", "4s", "exchequer.billing.batch-max", "64",
				"exchequer.billing.leaders", "3", "exchequer.billing.pending-max", "10",
				"exchequer.billing.decision-retention", "7d")))
			.isEqualTo(new BillingSettings(Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(2),
					Duration.ofSeconds(3), Duration.ofSeconds(4), 64, 3, 10, Duration.ofDays(7)));
	}

	@ParameterizedTest
	@CsvSource({ "renewal, 0s", "renewal, 30s", "sweep-interval, 0s", "admit-timeout, -1s", "admit-timeout, 60s",
			"settle-timeout, 0s", "lease-duration, 40s", "batch-max, 0", "batch-max, 1001", "leaders, 0", "leaders, 17",
			"pending-max, 0", "decision-retention, 23h" })
	void refusesAValueOutOfItsRange(String key, String value) {
		assertThatExceptionOfType(BindException.class).isThrownBy(() -> bind(Map.of("exchequer.billing." + key, value)))
			.havingRootCause()
			.withMessageContaining("exchequer.billing.");
	}

}
