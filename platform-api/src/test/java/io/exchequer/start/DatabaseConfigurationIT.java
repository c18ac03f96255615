package io.exchequer.start;

import java.util.function.Consumer;

import javax.sql.DataSource;

import io.exchequer.testing.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

class DatabaseConfigurationIT {

	@ParameterizedTest
	@CsvSource({ "consoleDataSource,exchequer_console", "gatewayDataSource,exchequer_gateway" })
	void worksAsRolesThatOwnNothing(String pool, String role) {
		onNewDatabase((context) -> {
			JdbcClient client = JdbcClient.create(context.getBean(pool, DataSource.class));
			assertThat(client.sql("SELECT current_user").query(String.class).single()).isEqualTo(role);
			assertThat(client.sql("SELECT current_schema()").query(String.class).single()).isEqualTo("exchequer");
			assertThat(client.sql("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
				.query(Long.class)
				.single()).isZero();
		});
	}

	@Test
	void meansTheConsolesPoolWhereNoneIsNamed() {
		onNewDatabase((context) -> assertThat(context.getBean(DataSource.class))
			.isSameAs(context.getBean("consoleDataSource")));
	}

	private static void onNewDatabase(Consumer<AssertableApplicationContext> check) {
		try (TestDatabase database = TestDatabase.empty()) {
			new ApplicationContextRunner().withUserConfiguration(DatabaseConfiguration.class)
				.withPropertyValues("exchequer.master-keys=k1:unused", "spring.datasource.url=" + database.jdbcUrl(),
						"spring.datasource.username=" + database.username(),
						"spring.datasource.password=" + database.password())
				.run((context) -> {
					assertThat(context).hasNotFailed();
					check.accept(context);
				});
		}
	}

}
