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
		assertThat(bind(Map.of("exchequer.gateway.max-body", "1MB", "exchequer.gateway.body-memory", "3MB",
				"exchequer.gateway.body-timeout", "3s", "exchequer.gateway.retry-after", "4s",
				"exchequer.gateway.stored-answer-max", "5KB", "exchequer.gateway.cors-origins[0]",
				"https://portal.example.com")))
			.isEqualTo(new GatewaySettings(DataSize.ofMegabytes(1), DataSize.ofMegabytes(3), Duration.ofSeconds(3),
					Duration.ofSeconds(4), DataSize.ofKilobytes(5), List.of("https://portal.example.com")));
	}

	@Test
	void refusesWhatCannotWork() {
		refuses("exchequer.gateway.max-body", "1023B", "between 1KB and 1GB");
		refuses("exchequer.gateway.max-body", "1025MB", "between 1KB and 1GB");
		refuses("exchequer.gateway.body-memory", "79MB", "at least " + (80 * 1024 + 48) * 1024 + "B for a max-body of");
		refuses("exchequer.gateway.body-timeout", "0s", "must be positive");
		refuses("exchequer.gateway.retry-after", "999ms", "at least 1s");
		refuses("exchequer.gateway.stored-answer-max", "-1B", "must not be negative");
		refuses("exchequer.gateway.stored-answer-max", "193MB", "at most body-memory");
		refuses("exchequer.gateway.cors-origins[0]", "*", "must be origins");
		refuses("exchequer.gateway.cors-origins[0]", "https://portal.example.com/path", "must be origins");
	}

	@Test
	void wantsTheMemoryThatTheLongestBodyTakesAndNoMore() {
		assertThat(bind(Map.of("exchequer.gateway.max-body", "64KB", "exchequer.gateway.body-memory", "208KB",
				"exchequer.gateway.stored-answer-max", "0B"))
			.bodyMemory()).isEqualTo(DataSize.ofKilobytes(208));
		assertThatThrownBy(() -> bind(Map.of("exchequer.gateway.max-body", "64KB", "exchequer.gateway.body-memory",
				"212991B", "exchequer.gateway.stored-answer-max", "0B")))
			.rootCause()
			.hasMessageContaining("at least 212992B for a max-body of 65536B");
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
