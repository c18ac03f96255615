package io.exchequer.discovery;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

class DiscoverySettingsTests {

	private static DiscoverySettings bound(Map<String, String> properties) {
		return new Binder(new MapConfigurationPropertySource(properties)).bindOrCreate("exchequer.discovery",
				DiscoverySettings.class);
	}

	@Test
	void hasADefaultForEverything() {
		assertThat(bound(Map.of())).isEqualTo(new DiscoverySettings(true,
				List.of(URI.create("http://127.0.0.1:11434"), URI.create("http://127.0.0.1:8000"),
						URI.create("http://127.0.0.1:8080"), URI.create("http://127.0.0.1:1234")),
				Duration.ofSeconds(2), Duration.ofSeconds(15), 100));
	}

	@Test
	void takesEveryKey() {
		assertThat(bound(Map.of("exchequer.discovery.enabled", "false", "exchequer.discovery.servers",
				"http://localhost:1,http://[::1]:65535,http://127.9.9.9:80", "exchequer.discovery.timeout", "10ms",
				"exchequer.discovery.server-timeout", "5m", "exchequer.discovery.models-max", "1000")))
			.isEqualTo(
					new DiscoverySettings(false,
							List.of(URI.create("http://localhost:1"), URI.create("http://[::1]:65535"),
									URI.create("http://127.9.9.9:80")),
							Duration.ofMillis(10), Duration.ofMinutes(5), 1000));
		assertThat(bound(Map.of("exchequer.discovery.servers", "")).servers()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://10.0.0.1:8000", "http://model.example:8000", "https://127.0.0.1:8000",
			"http://127.0.0.1", "http://127.0.0.1:70000", "http://127.0.0.1:8000/v1", "http://127.0.0.1:8000?a=b",
			"http://me:secret@127.0.0.1:8000", "localhost:8000", "http://localhost.example:8000",
			"http://127.0.0.1.example:80" })
	void asksNobodyButThisMachine(String server) {
		assertThatException()
			.isThrownBy(() -> new DiscoverySettings(true, List.of(URI.create(server)), Duration.ofSeconds(1),
					Duration.ofSeconds(1), 1))
			.withMessageContaining("exchequer.discovery.servers must be addresses of this machine alone")
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret"));
	}

	@ParameterizedTest
	@CsvSource({ "timeout, 9ms", "timeout, 31s", "server-timeout, 1999ms", "server-timeout, 301s", "models-max, 0",
			"models-max, 1001" })
	void refusesWhatIsOutOfItsRange(String key, String value) {
		assertThatException().isThrownBy(() -> bound(Map.of("exchequer.discovery." + key, value)))
			.havingRootCause()
			.withMessageStartingWith("exchequer.discovery." + key + " must be ");
	}

}
