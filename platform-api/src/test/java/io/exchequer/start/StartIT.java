package io.exchequer.start;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;

import javax.sql.DataSource;

import io.exchequer.ExchequerApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/** The whole platform on its embedded PostgreSQL, as a bare {@code ./mvnw} starts it. */
class StartIT {

	@TempDir
	private static Path path;

	private static ConfigurableApplicationContext platform;

	@BeforeAll
	static void start() {
		platform = new SpringApplicationBuilder(ExchequerApplication.class).run("--server.port=0",
				"--exchequer.data-dir=" + path);
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	@ParameterizedTest
	@CsvSource({ "/actuator/health/liveness", "/actuator/health/readiness" })
	void saysThatItIsUp(String probe) throws IOException, InterruptedException {
		HttpResponse<String> answer = get(probe);
		assertThat(answer.statusCode()).isEqualTo(200);
		assertThat(answer.body()).contains("\"UP\"");
		assertThat(answer.headers().map()).doesNotContainKey("server");
	}

	@ParameterizedTest
	@CsvSource({ "consoleDataSource,exchequer_console", "gatewayDataSource,exchequer_gateway" })
	void worksAsRolesThatOwnNothing(String pool, String role) {
		JdbcClient client = JdbcClient.create(platform.getBean(pool, DataSource.class));
		assertThat(client.sql("SELECT current_user").query(String.class).single()).isEqualTo(role);
		assertThat(client.sql("SELECT current_schema()").query(String.class).single()).isEqualTo("exchequer");
	}

	@Test
	void meansTheConsolesPoolWhereNoneIsNamed() {
		assertThat(platform.getBean(DataSource.class)).isSameAs(platform.getBean("consoleDataSource"));
	}

	private static HttpResponse<String> get(String target) throws IOException, InterruptedException {
		String port = platform.getEnvironment().getRequiredProperty("local.server.port");
		try (HttpClient client = HttpClient.newHttpClient()) {
			return client.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port + target)).build(),
					HttpResponse.BodyHandlers.ofString());
		}
	}

}
