package io.exchequer.start;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.exchequer.replay.ReplayServer;
import io.exchequer.replay.ReplayServer.Answer;
import io.exchequer.replay.ReplayServer.Request;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** The platform with its own database finds a model server and a key, and not itself. */
class DiscoveryStartIT {

	private static final String ADMIN_KEY = "an-administrators-token-of-the-settings";

	private static final String DEMO_KEY = "exq_the-demo-worlds-key-of-the-settings";

	private static final String KEY = "sk-in-the-environment-of-the-process";

	private static final Path RESOURCES = Path.of("src", "test", "resources", "discovery", "llamacpp-b11669");

	private static final Path WIRE = Path.of("..", "routing", "src", "test", "resources", "wire", "captured",
			"llamacpp-b11669");

	@TempDir
	private Path path;

	private final ReplayServer llamaCpp = ReplayServer.answering(DiscoveryStartIT::asLlamaCpp);

	private final String deployment = "llama-cpp-" + this.llamaCpp.port() + "/tiny";

	private static Answer asLlamaCpp(Request request) {
		return switch (request.path()) {
			case "/v1/models" -> ReplayServer.recorded(RESOURCES.resolve("models.http"));
			case "/props" -> ReplayServer.recorded(RESOURCES.resolve("props.http"));
			case "/v1/chat/completions" -> ReplayServer
				.recorded(WIRE.resolve(request.body().contains("\"stream\":true") ? "chat-stream.http" : "chat.http"));
			default -> ReplayServer.recorded(RESOURCES.resolve("no-such-path.http"));
		};
	}

	private Map<String, String> variables(String directory, String server) {
		return new HashMap<>(
				Map.of("EXCHEQUER_DATA_DIR", this.path.resolve(directory).toString(), "EXCHEQUER_ADMIN_KEY", ADMIN_KEY,
						"EXCHEQUER_DEMO_KEY", DEMO_KEY, "EXCHEQUER_DISCOVERY_SERVERS", server));
	}

	@Test
	void registersWhatIsThereOnceAndServesByIt() throws IOException {
		Map<String, String> variables = variables("one", this.llamaCpp.origin());
		variables.put("OPENAI_API_KEY", KEY);
		try (this.llamaCpp) {
			try (PlatformProcess first = PlatformProcess.start(variables)) {
				// Before the platform is ready, and after the demo world.
				assertThat(names(first, "providers")).contains("demo", "openai");
				Awaitility.await()
					.atMost(Duration.ofMinutes(2))
					.until(() -> names(first, "deployments").contains(this.deployment));
				assertServes(first);
				assertTests(first);
				assertIsNotFoundByAnother(first);
				HttpResponse<String> deleted = first
					.send(HttpRequest.newBuilder(first.uri("/admin/v1/deployments/" + this.deployment))
						.header("Authorization", "Bearer " + ADMIN_KEY)
						.DELETE()
						.build());
				assertThat(deleted.statusCode()).isEqualTo(204);
				first.stop();
				assertThat(first.output()).doesNotContain(KEY);
			}
			int asked = this.llamaCpp.received().size();
			try (PlatformProcess second = PlatformProcess.start(variables)) {
				Awaitility.await()
					.atMost(Duration.ofMinutes(2))
					.until(() -> !second.lines("Found llama.cpp").isEmpty());
				assertThat(this.llamaCpp.received()).hasSizeGreaterThan(asked);
				assertThat(second.lines("Found llama.cpp").getFirst()).contains("0 of its 1 models are new");
				assertThat(names(second, "deployments")).doesNotContain(this.deployment).contains("demo-chat-a");
			}
		}
	}

	private void assertServes(PlatformProcess platform) throws IOException {
		HttpResponse<String> answer = post(platform, "/v1/chat/completions", DEMO_KEY,
				"{\"model\":\"" + this.deployment + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		assertThat(answer.headers().firstValue("X-Exchequer-Cost")).contains("0");
	}

	private void assertTests(PlatformProcess platform) throws IOException {
		HttpResponse<String> answer = post(platform, "/admin/v1/deployments/" + this.deployment + "/test", ADMIN_KEY,
				"{\"key\":\"playground/first\"}");
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		List<String> results = new ArrayList<>();
		JsonMapper.shared()
			.readTree(answer.body())
			.path("checks")
			.forEach((check) -> results.add(check.path("kind").asString() + ": " + check.path("result").asString()));
		assertThat(results).contains("connection: passed", "answer: passed", "streaming: passed", "usage: passed");
	}

	/** A second platform looks where the first one listens. */
	private void assertIsNotFoundByAnother(PlatformProcess platform) throws IOException {
		String origin = "http://127.0.0.1:" + platform.uri("/").getPort();
		try (PlatformProcess other = PlatformProcess.start(variables("two", origin))) {
			Awaitility.await()
				.atMost(Duration.ofMinutes(2))
				.until(() -> !other.lines("A platform like this one answers at " + origin).isEmpty());
			assertThat(names(other, "providers")).containsExactlyInAnyOrder("demo", "minilm");
		}
	}

	private static List<String> names(PlatformProcess platform, String resource) {
		try {
			HttpResponse<String> answer = platform.send(HttpRequest.newBuilder(platform.uri("/admin/v1/" + resource))
				.header("Authorization", "Bearer " + ADMIN_KEY)
				.build());
			List<String> names = new ArrayList<>();
			JsonMapper.shared()
				.readTree(answer.body())
				.path("items")
				.forEach((JsonNode item) -> names.add(item.path("name").asString()));
			return names;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static HttpResponse<String> post(PlatformProcess platform, String target, String token, String body)
			throws IOException {
		return platform.send(HttpRequest.newBuilder(platform.uri(target))
			.header("Authorization", "Bearer " + token)
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(body))
			.build());
	}

}
