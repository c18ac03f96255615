package io.exchequer.start;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class DatabaseConfigurationTests {

	private final DatabaseConfiguration configuration = new DatabaseConfiguration();

	@Test
	void refusesAnExternalDatabaseWithoutMasterKeys() {
		assertThatExceptionOfType(StartException.class)
			.isThrownBy(() -> database(null, Map.of("spring.datasource.url", "jdbc:postgresql://db/x")))
			.withMessageContaining("EXCHEQUER_MASTER_KEYS is not set")
			.satisfies((ex) -> assertThat(ex.action()).contains("openssl rand -base64 32"));
	}

	@Test
	void refusesTheUrlOfAnotherKindOfDatabase() {
		assertThatExceptionOfType(StartException.class)
			.isThrownBy(() -> database("k1:AA==", Map.of("spring.datasource.url", "jdbc:h2:mem:x")))
			.withMessageContaining("'jdbc:h2:mem:x' is not the URL of a PostgreSQL");
	}

	@Test
	void worksAsTheOwnerUnlessAnotherIsGiven() {
		PlatformDatabase database = database("k1:AA==", Map.of("spring.datasource.url", "jdbc:postgresql://db/x",
				"spring.datasource.username", "worker", "spring.datasource.password", "secret"));
		assertThat(database.login()).isEqualTo(new DatabaseLogin("jdbc:postgresql://db/x", "worker", "secret"));
		assertThat(database.owner()).isEqualTo(database.login());
		assertThat(database.directory()).isNull();
	}

	@Test
	void migratesAsTheOwnerThatIsGiven() {
		PlatformDatabase database = database("k1:AA==",
				Map.of("spring.datasource.url", "jdbc:postgresql://db/x", "spring.datasource.username", "worker",
						"spring.flyway.user", "owner", "spring.flyway.password", "other"));
		assertThat(database.owner()).isEqualTo(new DatabaseLogin("jdbc:postgresql://db/x", "owner", "other"));
	}

	private PlatformDatabase database(@Nullable String masterKeys, Map<String, String> settings) {
		MockEnvironment environment = new MockEnvironment();
		settings.forEach(environment::setProperty);
		return this.configuration.platformDatabase(new StartSettings(null, masterKeys, null, null, true, 2, 2),
				environment);
	}

}
