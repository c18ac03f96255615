package io.exchequer.start;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.testing.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** The real process, as a bare {@code ./mvnw} starts it. */
class StartIT {

	private static final String DEMO_KEY = "demo-key-of-the-start-test";

	private static final String ADMIN_KEY = "admin-key-of-the-start-test";

	private static final int SIGTERM_STATUS = 128 + 15;

	@TempDir
	private Path path;

	@Test
	void startsOnItsOwnDatabaseAndSurvivesItsSuddenDeath() throws IOException {
		Map<String, String> variables = Map.of("EXCHEQUER_DATA_DIR", this.path.toString(), "EXCHEQUER_DEMO_KEY",
				DEMO_KEY);
		String adminToken;
		try (PlatformProcess first = PlatformProcess.start(variables)) {
			assertUp(first, "/actuator/health/liveness");
			assertUp(first, "/actuator/health/readiness");
			adminToken = printedToken(first);
			assertThat(tenants(first, adminToken)).isEqualTo(200);
			assertAnswersInTheDemoWorld(first, DEMO_KEY);
			assertSecondIsRefused(variables);
			first.kill();
		}
		try (PlatformProcess second = PlatformProcess.start(variables)) {
			assertThat(second.lines("Adopted the embedded PostgreSQL")).hasSize(1);
			assertThat(second.lines("shown this once")).isEmpty();
			assertThat(tenants(second, adminToken)).isEqualTo(200);
			assertAnswersInTheDemoWorld(second, DEMO_KEY);
			assertThat(second.stop()).isEqualTo(SIGTERM_STATUS);
			assertThat(second.output()).doesNotContain(" ERROR ");
		}
		assertThat(this.path.resolve("postgresql/data/postmaster.pid")).doesNotExist();
		assertThat(Files.readString(this.path.resolve("master-keys"))).startsWith("k1:");
	}

	@Test
	void tellsAGeneratedDemoKeyOnceAndNoOtherSecret() throws IOException {
		Map<String, String> variables = Map.of("EXCHEQUER_DATA_DIR", this.path.toString(), "EXCHEQUER_ADMIN_KEY",
				ADMIN_KEY);
		String demoKey;
		try (PlatformProcess first = PlatformProcess.start(variables)) {
			demoKey = printed(first, "demo virtual key    (shown this once): ");
			assertAnswersInTheDemoWorld(first, demoKey);
			assertTellsNone(first, "administrator token");
			first.stop();
		}
		try (PlatformProcess second = PlatformProcess.start(variables)) {
			assertAnswersInTheDemoWorld(second, demoKey);
			assertTellsNone(second, demoKey);
		}
	}

	@Test
	void leavesAnInstallationEmptyWhereThePackagedJarIsToldTo() throws IOException {
		try (PlatformProcess platform = PlatformProcess.startJar(Map.of("EXCHEQUER_DATA_DIR", this.path.toString(),
				"EXCHEQUER_ADMIN_KEY", ADMIN_KEY, "EXCHEQUER_DEMO_KEY", DEMO_KEY, "EXCHEQUER_DEMO", "false"))) {
			for (String resource : List.of("tenants", "providers", "models", "deployments")) {
				HttpResponse<String> answer = administer(platform, ADMIN_KEY, "/admin/v1/" + resource);
				assertThat(answer.statusCode()).isEqualTo(200);
				assertThat(JsonMapper.shared().readTree(answer.body()).at("/items")).as(resource).isEmpty();
			}
			assertThat(ask(platform, DEMO_KEY).statusCode()).isEqualTo(401);
			assertTellsNone(platform, "shown this once");
			assertThat(platform.stop()).isEqualTo(SIGTERM_STATUS);
		}
	}

	private void assertTellsNone(PlatformProcess platform, String... more) throws IOException {
		assertThat(platform.output()).doesNotContain(ADMIN_KEY, DEMO_KEY)
			.doesNotContain(more)
			.doesNotContain(Files.readString(this.path.resolve("database-password")).strip())
			.doesNotContain(Files.readString(this.path.resolve("master-keys")).strip().substring("k1:".length()));
	}

	private static String printedToken(PlatformProcess platform) {
		return printed(platform, "administrator token (shown this once): ");
	}

	private static String printed(PlatformProcess platform, String label) {
		List<String> lines = platform.lines(label);
		assertThat(lines).hasSize(1);
		return lines.getFirst().substring(lines.getFirst().lastIndexOf(' ') + 1);
	}

	private static int tenants(PlatformProcess platform, String adminToken) throws IOException {
		return administer(platform, adminToken, "/admin/v1/tenants").statusCode();
	}

	private static HttpResponse<String> administer(PlatformProcess platform, String adminToken, String target)
			throws IOException {
		return platform
			.send(HttpRequest.newBuilder(platform.uri(target)).header("Authorization", "Bearer " + adminToken).build());
	}

	private static void assertAnswersInTheDemoWorld(PlatformProcess platform, String key) throws IOException {
		HttpResponse<String> answer = ask(platform, key);
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		assertThat(answer.headers().firstValue("X-Exchequer-Cost")).isPresent();
	}

	private static HttpResponse<String> ask(PlatformProcess platform, String key) throws IOException {
		return platform.send(HttpRequest.newBuilder(platform.uri("/v1/chat/completions"))
			.header("Authorization", "Bearer " + key)
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("""
					{"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}"""))
			.build());
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
	void answers503UntilTheFirstStartsWorkIsDone() throws IOException, SQLException {
		Map<String, String> variables = new HashMap<>();
		try (TestDatabase database = TestDatabase.empty(); Connection lock = database.owner().getConnection()) {
			variables.putAll(PlatformProcess.on(database));
			variables.put("EXCHEQUER_MASTER_KEYS", MasterKeys.generateEntry("test"));
			variables.put("EXCHEQUER_ADMIN_KEY", ADMIN_KEY);
			// The first start's work waits for this, as for another replica's.
			lock.createStatement().execute("SELECT pg_advisory_lock(" + FirstStart.LOCK + ")");
			try (PlatformProcess platform = PlatformProcess.launch(variables)) {
				platform.awaitPort();
				HttpResponse<String> admin = tenants(platform);
				assertThat(admin.statusCode()).as(admin.body()).isEqualTo(503);
				assertThat(admin.headers().firstValue("Content-Type")).contains("application/problem+json");
				assertThat(admin.headers().firstValue("Retry-After")).contains("1");
				assertThat(admin.body()).contains("\"code\":\"not_ready\"");
				HttpResponse<String> models = platform.get("/v1/models");
				assertThat(models.statusCode()).as(models.body()).isEqualTo(503);
				assertThat(models.headers().firstValue("Retry-After")).contains("1");
				assertThat(models.body()).startsWith("{\"error\":").contains("\"code\":\"not_ready\"");
				assertThat(platform.isReady()).isFalse();
				assertThat(platform.get("/actuator/health/liveness").statusCode()).isEqualTo(200);
				lock.createStatement().execute("SELECT pg_advisory_unlock(" + FirstStart.LOCK + ")");
				platform.awaitReady();
				assertThat(tenants(platform).statusCode()).isEqualTo(200);
				assertThat(platform.get("/v1/models").statusCode()).isEqualTo(401);
			}
		}
	}

	private static HttpResponse<String> tenants(PlatformProcess platform) throws IOException {
		return platform.send(HttpRequest.newBuilder(platform.uri("/admin/v1/tenants"))
			.header("Authorization", "Bearer " + ADMIN_KEY)
			.build());
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
