package io.exchequer.gateway;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GatewaySettingsTests {

	@Test
	void hasTheseDefaults() {
		assertThat(bind(Map.of())).isEqualTo(new GatewaySettings(DataSize.ofMegabytes(32), DataSize.ofMegabytes(192),
				Duration.ofSeconds(60), Duration.ofSeconds(1), DataSize.ofMegabytes(1), List.of()));
	}

	@Test
	void readsTheseKeys() {
		assertThat(bind(Map.of("exchequer.gateway.max-body", "1MB", "exchequer.gateway.body-memory", "2MB",
				"exchequer.gateway.body-timeout", "3s", "exchequer.gateway.retry-after", "4s",
				"exchequer.gateway.stored-answer-max", "5KB", "exchequer.gateway.cors-origins[0]",
				"https://portal.example.com")))
			.isEqualTo(new GatewaySettings(DataSize.ofMegabytes(1), DataSize.ofMegabytes(2), Duration.ofSeconds(3),
					Duration.ofSeconds(4), DataSize.ofKilobytes(5), List.of("https://portal.example.com")));
	}

	@Test
	void refusesWhatCannotWork() {
		refuses("exchequer.gateway.max-body", "1023B", "between 1KB and 1GB");
		refuses("exchequer.gateway.max-body", "1025MB", "between 1KB and 1GB");
		refuses("exchequer.gateway.body-memory", "31MB", "at least max-body");
		refuses("exchequer.gateway.body-timeout", "0s", "must be positive");
		refuses("exchequer.gateway.retry-after", "999ms", "at least 1s");
		refuses("exchequer.gateway.stored-answer-max", "-1B", "must not be negative");
		refuses("exchequer.gateway.stored-answer-max", "193MB", "at most body-memory");
		refuses("exchequer.gateway.cors-origins[0]", "*", "must be origins");
		refuses("exchequer.gateway.cors-origins[0]", "https://portal.example.com/path", "must be origins");
	}

	private static void refuses(String key, String value, String message) {
		assertThatThrownBy(() -> bind(Map.of(key, value))).hasRootCauseInstanceOf(IllegalArgumentException.class)
			.rootCause()
			.hasMessageContaining(message);
	}

	private static GatewaySettings bind(Map<String, String> properties) {
		return new Binder(new MapConfigurationPropertySource(properties)).bindOrCreate("exchequer.gateway",
				GatewaySettings.class);
	}

}
