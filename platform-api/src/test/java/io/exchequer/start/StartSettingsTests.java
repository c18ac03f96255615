package io.exchequer.start;

import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

class StartSettingsTests {

	@Test
	void hasDefaults() {
		StartSettings settings = bind(Map.of());
		assertThat(settings.dataDirectory()).isEqualTo(Path.of(System.getProperty("user.home"), ".exchequer"));
		assertThat(settings.masterKeys()).isNull();
		assertThat(settings.adminKey()).isNull();
		assertThat(settings.demoKey()).isNull();
		assertThat(settings.demo()).isTrue();
		assertThat(settings.gatewayConnections()).isEqualTo(10);
		assertThat(settings.consoleConnections()).isEqualTo(10);
	}

	@Test
	void readsEachVariable() {
		StartSettings settings = bind(Map.of("EXCHEQUER_DATA_DIR", "/srv/x", "EXCHEQUER_MASTER_KEYS", "k1:AA==",
				"EXCHEQUER_ADMIN_KEY", "admin", "EXCHEQUER_DEMO_KEY", "demo", "EXCHEQUER_DEMO", "false",
				"EXCHEQUER_GATEWAY_CONNECTIONS", "3", "EXCHEQUER_CONSOLE_CONNECTIONS", "4"));
		assertThat(settings).isEqualTo(new StartSettings(Path.of("/srv/x"), "k1:AA==", "admin", "demo", false, 3, 4));
	}

	@Test
	void takesAnEmptyVariableForOneThatIsNotSet() {
		assertThat(bind(Map.of("EXCHEQUER_DATA_DIR", "", "EXCHEQUER_MASTER_KEYS", "", "EXCHEQUER_ADMIN_KEY", "",
				"EXCHEQUER_DEMO_KEY", " ")))
			.isEqualTo(bind(Map.of()));
	}

	@ParameterizedTest
	@CsvSource({ "EXCHEQUER_GATEWAY_CONNECTIONS,1", "EXCHEQUER_GATEWAY_CONNECTIONS,1001",
			"EXCHEQUER_CONSOLE_CONNECTIONS,0", "EXCHEQUER_ADMIN_KEY,with blank", "EXCHEQUER_DEMO_KEY,schlüssel" })
	void refusesABadSettingByItsName(String name, String value) {
		assertThatException().isThrownBy(() -> bind(Map.of(name, value)))
			.havingRootCause()
			.isInstanceOf(StartException.class)
			.withMessageContaining(name);
	}

	@Test
	void showsNoSecret() {
		assertThat(new StartSettings(null, "k1:secret", "secret", "secret", true, 2, 2).toString())
			.doesNotContain("secret");
	}

	private static StartSettings bind(Map<String, Object> variables) {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources()
			.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, new SystemEnvironmentPropertySource(
					StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
		ConfigurationPropertySources.attach(environment);
		return Binder.get(environment).bindOrCreate("exchequer", StartSettings.class);
	}

}
