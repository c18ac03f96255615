package io.exchequer.configuration;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatNoException;

class ConfigurationSettingsTests {

	@Test
	void hasDefaults() {
		assertThat(bind(Map.of())).isEqualTo(new ConfigurationSettings(Duration.ofSeconds(10), Duration.ofMillis(500)));
	}

	@Test
	void readsEachKey() {
		assertThat(bind(Map.of("exchequer.configuration.staleness", "3s", "exchequer.configuration.poll", "20ms")))
			.isEqualTo(new ConfigurationSettings(Duration.ofSeconds(3), Duration.ofMillis(20)));
	}

	@ParameterizedTest
	@CsvSource({ "10s,9ms", "10s,1001ms", "500ms,500ms" })
	void refusesWhatCouldNotKeepThePromise(String staleness, String poll) {
		assertThatException()
			.isThrownBy(() -> bind(
					Map.of("exchequer.configuration.staleness", staleness, "exchequer.configuration.poll", poll)))
			.havingRootCause()
			.isInstanceOf(IllegalArgumentException.class)
			.withMessageContaining("must be");
	}

	@ParameterizedTest
	@CsvSource({ "10s,10ms", "10s,1s", "501ms,500ms" })
	void acceptsTheBounds(String staleness, String poll) {
		assertThatNoException().isThrownBy(() -> bind(
				Map.of("exchequer.configuration.staleness", staleness, "exchequer.configuration.poll", poll)));
	}

	private static ConfigurationSettings bind(Map<String, String> settings) {
		return new Binder(new MapConfigurationPropertySource(settings)).bindOrCreate("exchequer.configuration",
				ConfigurationSettings.class);
	}

}
