package io.exchequer.start;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import io.exchequer.testing.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** The real process, as a bare {@code ./mvnw} starts it. */
class StartIT {

	private static final int SIGTERM_STATUS = 128 + 15;

	@TempDir
	private Path path;

	@Test
	void startsOnItsOwnDatabaseAndSurvivesItsSuddenDeath() throws IOException {
		Map<String, String> variables = Map.of("EXCHEQUER_DATA_DIR", this.path.toString());
		try (PlatformProcess first = PlatformProcess.start(variables)) {
			assertUp(first, "/actuator/health/liveness");
			assertUp(first, "/actuator/health/readiness");
			assertSecondIsRefused(variables);
			first.kill();
		}
		try (PlatformProcess second = PlatformProcess.start(variables)) {
			assertThat(second.lines("Adopted the embedded PostgreSQL")).hasSize(1);
			assertThat(second.stop()).isEqualTo(SIGTERM_STATUS);
		}
		assertThat(this.path.resolve("postgresql/data/postmaster.pid")).doesNotExist();
		assertThat(Files.readString(this.path.resolve("master-keys"))).startsWith("k1:");
	}

	private static void assertUp(PlatformProcess platform, String probe) throws IOException {
		HttpResponse<String> answer = platform.get(probe);
		assertThat(answer.statusCode()).isEqualTo(200);
		assertThat(answer.body()).contains("\"UP\"");
		assertThat(answer.headers().map()).doesNotContainKey("server");
	}

	private static void assertSecondIsRefused(Map<String, String> variables) {
		try (PlatformProcess second = PlatformProcess.launch(variables)) {
			assertThat(second.awaitEnd()).isEqualTo(1);
			assertThat(second.output()).contains("Another process of the platform uses the data directory")
				.doesNotContain("\tat ");
		}
	}

	@Test
	void refusesADatabaseThatDoesNotAnswerInOneMessage() {
		Map<String, String> variables = Map.of("SPRING_DATASOURCE_URL", "jdbc:postgresql://127.0.0.1:1/none",
				"EXCHEQUER_MASTER_KEYS", "k1:" + "A".repeat(43) + "=");
		try (PlatformProcess platform = PlatformProcess.launch(variables)) {
			assertThat(platform.awaitEnd()).isEqualTo(1);
			assertThat(platform.output()).contains("APPLICATION FAILED TO START")
				.contains("The database jdbc:postgresql://127.0.0.1:1/none")
				.contains("Check SPRING_DATASOURCE_URL")
				.doesNotContain("\tat ");
		}
	}

	@Test
	void wantsMasterKeysForAnExternalDatabase() {
		try (TestDatabase database = TestDatabase.empty();
				PlatformProcess platform = PlatformProcess.launch(PlatformProcess.on(database))) {
			assertThat(platform.awaitEnd()).isEqualTo(1);
			assertThat(platform.output()).contains("EXCHEQUER_MASTER_KEYS is not set")
				.contains("openssl rand -base64 32")
				.doesNotContain("\tat ");
		}
	}

}
