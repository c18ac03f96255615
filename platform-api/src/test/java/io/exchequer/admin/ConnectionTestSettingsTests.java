package io.exchequer.admin;

import java.time.Duration;
import java.util.Map;

import io.exchequer.admin.connection.ConnectionTestSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

class ConnectionTestSettingsTests {

	private static ConnectionTestSettings bound(Map<String, String> properties) {
		return new Binder(new MapConfigurationPropertySource(properties)).bindOrCreate("exchequer.connection-test",
				ConnectionTestSettings.class);
	}

	@Test
	void waitsAMinuteUnlessItIsToldOtherwise() {
		assertThat(bound(Map.of()).timeout()).isEqualTo(Duration.ofMinutes(1));
		assertThat(bound(Map.of("exchequer.connection-test.timeout", "1s")).timeout()).isEqualTo(Duration.ofSeconds(1));
		assertThat(bound(Map.of("exchequer.connection-test.timeout", "10m")).timeout())
			.isEqualTo(Duration.ofMinutes(10));
	}

	@ParameterizedTest
	@ValueSource(strings = { "999ms", "601s", "0s", "-1s" })
	void refusesWhatIsOutOfItsRange(String timeout) {
		assertThatException().isThrownBy(() -> bound(Map.of("exchequer.connection-test.timeout", timeout)))
			.havingRootCause()
			.withMessageStartingWith("exchequer.connection-test.timeout must be 1 s to 10 min");
	}

}
