package io.exchequer.gateway;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Answers that are larger together than the memory for all bodies.
 */
class AnswerMemoryIT {

	private static final byte[] CHAT = "{\"model\":\"wire\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
		.getBytes(StandardCharsets.UTF_8);

	@Test
	void losesNoAnswerWhereAllOfThemTogetherDoNotFit() throws Exception {
		byte[] answer = ("{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
				+ "x".repeat(600_000)
				+ "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}")
			.getBytes(StandardCharsets.UTF_8);
		try (RecordingUpstream upstream = new RecordingUpstream();
				StartedPlatform platform = new StartedPlatform(upstream.baseUrl(), "exchequer.gateway.max-body=64KB",
						"exchequer.gateway.body-memory=512KB", "exchequer.gateway.stored-answer-max=64KB");
				ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			String key = platform.key();
			List<Callable<HttpResponse<byte[]>>> requests = new ArrayList<>();
			for (int i = 0; i < 8; i++) {
				upstream.prepare(200, "application/json", answer);
				requests.add(() -> platform.post(key, "/chat/completions", CHAT));
			}
			for (Future<HttpResponse<byte[]>> each : threads.invokeAll(requests)) {
				assertThat(each.get().statusCode()).isEqualTo(200);
				assertThat(each.get().body()).isEqualTo(answer);
			}
			assertThat(platform.count("ledger_line WHERE account = 'usage' AND kind = 'settlement'")).isEqualTo(8);
			assertThat(platform.count("hold")).isZero();
			assertThat(platform.bean(BodyMemory.class).used()).isZero();
		}
	}

}
