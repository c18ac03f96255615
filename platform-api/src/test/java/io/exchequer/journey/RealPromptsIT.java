package io.exchequer.journey;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.zip.GZIPInputStream;

import io.exchequer.start.PlatformProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Sends real questions (GSM8K, the training part) through a platform that was started as
 * an operator starts it, with the demo world: every one must be answered, billed and
 * explained.
 */
class RealPromptsIT {

	private static final Path PROMPTS = Path.of("..", "..", "shared", "routing-data", "gsm8k_mixtral_gpt4.jsonl.gz");

	private static final String ADMIN_KEY = "an-administrator-for-real-prompts";

	private static final String DEMO_KEY = "exq_a-key-for-real-prompts";

	private static final int CONCURRENT = 64;

	private static final JsonMapper JSON = JsonMapper.shared();

	@Test
	void answersBillsAndExplainsEveryQuestion(@TempDir Path data) throws Exception {
		assumeTrue(Files.exists(PROMPTS), "skipped: the questions are not beside the project at " + PROMPTS);
		List<String> prompts = trainingPrompts();
		assertThat(prompts).hasSizeGreaterThan(700);
		try (PlatformProcess platform = PlatformProcess.start(Map.of("EXCHEQUER_DATA_DIR", data.toString(),
				"EXCHEQUER_ADMIN_KEY", ADMIN_KEY, "EXCHEQUER_DEMO_KEY", DEMO_KEY))) {
			List<String> requestIds = sendAll(platform, prompts);
			assertThat(requestIds).doesNotHaveDuplicates().hasSameSizeAs(prompts);
			for (String requestId : requestIds) {
				assertBilled(platform, requestId);
				assertExplained(platform, requestId);
			}
		}
	}

	private static List<String> trainingPrompts() throws IOException {
		List<String> prompts = new ArrayList<>();
		try (BufferedReader lines = new BufferedReader(
				new InputStreamReader(new GZIPInputStream(Files.newInputStream(PROMPTS)), StandardCharsets.UTF_8))) {
			for (String line = lines.readLine(); line != null; line = lines.readLine()) {
				JsonNode row = JSON.readTree(line);
				if (row.get("split").asString().equals("train")) {
					prompts.add(row.get("prompt").asString());
				}
			}
		}
		return prompts;
	}

	private static List<String> sendAll(PlatformProcess platform, List<String> prompts) throws Exception {
		Semaphore concurrent = new Semaphore(CONCURRENT);
		try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Future<String>> sent = new ArrayList<>();
			for (int i = 0; i < prompts.size(); i++) {
				String prompt = prompts.get(i);
				boolean stream = i % 2 == 1;
				concurrent.acquire();
				sent.add(executor.submit(() -> {
					try {
						return ask(platform, prompt, stream);
					}
					finally {
						concurrent.release();
					}
				}));
			}
			List<String> requestIds = new ArrayList<>();
			for (Future<String> each : sent) {
				requestIds.add(each.get());
			}
			return requestIds;
		}
	}

	private static String ask(PlatformProcess platform, String prompt, boolean stream) throws IOException {
		String body = JSON.writeValueAsString(Map.of("model", "auto", "stream", stream, "max_tokens", 64, "messages",
				List.of(Map.of("role", "user", "content", prompt))));
		HttpResponse<String> answer = platform.send(HttpRequest.newBuilder(platform.uri("/v1/chat/completions"))
			.header("Authorization", "Bearer " + DEMO_KEY)
			.header("Content-Type", "application/json")
			.POST(BodyPublishers.ofString(body))
			.build());
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		if (stream) {
			assertThat(answer.body()).doesNotContain("\"error\"").endsWith("data: [DONE]\n\n");
		}
		else {
			assertThat(JSON.readTree(answer.body()).at("/choices/0/message/content").asString()).isNotBlank();
			assertThat(new BigDecimal(answer.headers().firstValue("X-Exchequer-Cost").orElseThrow())).isPositive();
		}
		return answer.headers().firstValue("X-Exchequer-Request-Id").orElseThrow();
	}

	private static void assertBilled(PlatformProcess platform, String requestId) throws IOException {
		JsonNode cost = get(platform, "/v1/requests/" + requestId, DEMO_KEY);
		assertThat(cost.get("settled").asBoolean()).isTrue();
		assertThat(new BigDecimal(cost.get("cost").asString())).isPositive();
		assertThat(cost.at("/attempts/0/estimated").asBoolean()).isFalse();
		assertThat(cost.at("/attempts/0/usage/input").asLong()).isPositive();
		assertThat(cost.at("/attempts/0/usage/output").asLong()).isPositive();
	}

	private static void assertExplained(PlatformProcess platform, String requestId) throws IOException {
		JsonNode decision = get(platform, "/admin/v1/decisions/" + requestId, ADMIN_KEY);
		assertThat(decision.get("policy").asString()).isNotBlank();
		assertThat(decision.get("outcome").asString()).isEqualTo("answered");
		assertThat(decision.at("/candidates/0/rank").asInt()).isEqualTo(1);
		assertThat(decision.at("/candidates/0/detail").asString()).isNotBlank();
	}

	private static JsonNode get(PlatformProcess platform, String target, String token) throws IOException {
		HttpResponse<String> answer = platform
			.send(HttpRequest.newBuilder(platform.uri(target)).header("Authorization", "Bearer " + token).build());
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		return JSON.readTree(answer.body());
	}

}
