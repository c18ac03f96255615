package io.exchequer.start;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;

import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Files as long as they may be, and inputs of a million lines, in a process whose heap is
 * smaller than the file.
 */
class BatchMemoryIT {

	private static final String ADMIN_KEY = "an-administrator-with-little-memory";

	private static final Duration PATIENCE = Duration.ofMinutes(5);

	private static final int MILLION = 1_000_000;

	@Test
	void keepsALongFileAndRefusesAMillionLinesInASmallHeap() throws Exception {
		try (MeteredUpstream upstream = new MeteredUpstream(); TestDatabase database = TestDatabase.empty()) {
			Map<String, String> variables = new HashMap<>(MeteredWorld.variables(database));
			variables.put("EXCHEQUER_ADMIN_KEY", ADMIN_KEY);
			variables.put("_JAVA_OPTIONS", "-Xmx160m");
			variables.put("EXCHEQUER_GATEWAY_MAXBODY", "4MB");
			variables.put("EXCHEQUER_GATEWAY_BODYMEMORY", "48MB");
			try (PlatformProcess platform = PlatformProcess.start(variables)) {
				MeteredWorld.apply(platform, ADMIN_KEY, upstream, "1000");
				assertKeepsAndRefusesAMillionLines(platform);
				assertRefusesWhatIsHalfBroken(platform);
				assertThat(MeteredWorld.ask(platform, false).statusCode()).isEqualTo(200);
				JdbcClient rows = JdbcClient.create(database.owner());
				assertThat(rows
					.sql("SELECT (SELECT count(*) FROM exchequer.batch_line) + "
							+ "(SELECT count(*) FROM exchequer.reserve_share)")
					.query(Long.class)
					.single()).isZero();
			}
		}
	}

	private static void assertKeepsAndRefusesAMillionLines(PlatformProcess platform) throws Exception {
		MessageDigest sent = MessageDigest.getInstance("SHA-256");
		String file = BatchCalls.upload(platform, BodyPublishers
			.ofInputStream(() -> new DigestInputStream(new Lines(MILLION, BatchMemoryIT::line), sent)));
		JsonNode kept = BatchCalls.get(platform, "/v1/files/" + file);
		assertThat(kept.get("bytes").asLong()).isGreaterThan(180_000_000);
		MessageDigest received = MessageDigest.getInstance("SHA-256");
		try (HttpClient client = HttpClient.newHttpClient()) {
			HttpResponse<InputStream> answer = client.send(
					BatchCalls.request(platform, "/v1/files/" + file + "/content").build(),
					HttpResponse.BodyHandlers.ofInputStream());
			try (DigestInputStream content = new DigestInputStream(answer.body(), received)) {
				content.transferTo(OutputStream.nullOutputStream());
			}
		}
		assertThat(received.digest()).isEqualTo(sent.digest());
		JsonNode batch = end(platform, BatchCalls.create(platform, file));
		assertThat(batch.get("status").asString()).isEqualTo("failed");
		assertThat(batch.at("/errors/data")).hasSize(1);
		assertThat(batch.at("/errors/data/0/code").asString()).isEqualTo("too_many_tasks");
	}

	private static void assertRefusesWhatIsHalfBroken(PlatformProcess platform) throws IOException {
		IntFunction<String> halfBroken = (number) -> (number % 2 == 0) ? line(number).replace("}", "") : line(number);
		String file = BatchCalls.upload(platform, BodyPublishers.ofInputStream(() -> new Lines(49_999, halfBroken)));
		JsonNode batch = end(platform, BatchCalls.create(platform, file));
		assertThat(batch.get("status").asString()).isEqualTo("failed");
		assertThat(batch.at("/errors/data")).hasSize(100);
		assertThat(batch.at("/errors/data/99/line").asInt()).isEqualTo(200);
		assertThat(batch.at("/errors/data/99/code").asString()).isEqualTo("invalid_json_line");
	}

	private static JsonNode end(PlatformProcess platform, String batch) {
		return Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> BatchCalls.get(platform, "/v1/batches/" + batch),
					(now) -> !now.get("status").asString().equals("validating"));
	}

	private static String line(int number) {
		return "{\"custom_id\":\"" + number + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":"
				+ "{\"model\":\"auto\",\"max_tokens\":8,\"messages\":[{\"role\":\"user\",\"content\":\""
				+ "How much of this is kept, and where does it go?" + "\"}]}}\n";
	}

	/** Lines that are made as they are read. */
	private static final class Lines extends InputStream {

		private final int count;

		private final IntFunction<String> made;

		private int number;

		private byte[] line = {};

		private int at;

		Lines(int count, IntFunction<String> made) {
			this.count = count;
			this.made = made;
		}

		@Override
		public int read() {
			byte[] one = new byte[1];
			return (read(one, 0, 1) < 0) ? -1 : one[0];
		}

		@Override
		public int read(byte[] into, int offset, int length) {
			int filled = 0;
			while (filled < length) {
				if (this.at == this.line.length) {
					if (this.number == this.count) {
						return (filled > 0) ? filled : -1;
					}
					this.line = this.made.apply(++this.number).getBytes(StandardCharsets.US_ASCII);
					this.at = 0;
				}
				int part = Math.min(length - filled, this.line.length - this.at);
				System.arraycopy(this.line, this.at, into, offset + filled, part);
				this.at += part;
				filled += part;
			}
			return filled;
		}

	}

}
