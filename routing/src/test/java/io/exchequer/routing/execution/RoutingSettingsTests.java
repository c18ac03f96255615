package io.exchequer.routing.execution;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RoutingSettingsTests {

	@Test
	void hasTheseDefaults() {
		assertThat(bind(Map.of())).isEqualTo(RoutingSettings.DEFAULTS);
	}

	@Test
	void readsEveryKey() {
		Map<String, String> keys = new LinkedHashMap<>();
		keys.put("circuit-window", "30");
		keys.put("circuit-minimum", "3");
		keys.put("circuit-failure-percent", "80");
		keys.put("circuit-open-for", "7s");
		keys.put("circuit-probes", "4");
		keys.put("cool-down-max", "9m");
		keys.put("retry-backoff", "10ms");
		keys.put("retry-backoff-max", "1s");
		keys.put("retry-wait-max", "3s");
		keys.put("observations-for", "1h");
		keys.put("answer-max", "1MB");
		keys.put("frame-max", "2MB");
		keys.put("commit-buffer-max", "3KB");
		assertThat(keys).hasSameSizeAs(RoutingSettings.class.getRecordComponents());
		assertThat(bind(keys)).isEqualTo(new RoutingSettings(30, 3, 80, Duration.ofSeconds(7), 4, Duration.ofMinutes(9),
				Duration.ofMillis(10), Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofHours(1),
				DataSize.ofMegabytes(1), DataSize.ofMegabytes(2), DataSize.ofKilobytes(3)));
	}

	@ParameterizedTest
	@CsvSource({ "circuit-window,0", "circuit-minimum,21", "circuit-failure-percent,101", "circuit-open-for,0s",
			"circuit-probes,0", "cool-down-max,-1s", "retry-backoff,0ms", "retry-backoff-max,1ms", "retry-wait-max,0ms",
			"observations-for,0s", "answer-max,0", "frame-max,4GB", "commit-buffer-max,-1" })
	void stopsAtAValueOutOfItsRangeAndNamesBoth(String key, String value) {
		assertThatExceptionOfType(BindException.class).isThrownBy(() -> bind(Map.of(key, value)))
			.havingRootCause()
			.withMessageContaining("exchequer.routing." + key);
	}

	private static RoutingSettings bind(Map<String, String> keys) {
		Map<String, String> named = new LinkedHashMap<>();
		keys.forEach((key, value) -> named.put("exchequer.routing." + key, value));
		return new Binder(new MapConfigurationPropertySource(named)).bindOrCreate("exchequer.routing",
				RoutingSettings.class);
	}

}
