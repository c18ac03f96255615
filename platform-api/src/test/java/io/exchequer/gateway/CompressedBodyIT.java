package io.exchequer.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

import io.exchequer.routing.AiRequest;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.AnswerSink.Head;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.wire.RequestDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Request bodies that clients compressed, and what only looks like one. */
@Timeout(60)
class CompressedBodyIT {

	private static final String CHAT = "{\"model\":\"sim\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

	private static final int LIMIT = 64 * 1024;

	private final BlockingQueue<AiRequest> requests = new LinkedBlockingQueue<>();

	private final HttpClient client = HttpClient.newHttpClient();

	private GatewayServer server;

	@BeforeEach
	void start() {
		this.server = new GatewayServer(GatewayServer.settings());
		this.server.script = this::answer;
	}

	@AfterEach
	void stop() {
		this.client.close();
		this.server.close();
		assertThat(this.server.memory.used()).as("memory that was not given back").isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "gzip", "GZIP", "x-gzip", " gzip " })
	void readsABodyThatIsGzipped(String coding) throws Exception {
		HttpResponse<String> response = post(coding, gzip(bytes(CHAT)));
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		assertThat(received()).isEqualTo(CHAT);
	}

	@Test
	void readsABodyThatIsDeflated() throws Exception {
		ByteArrayOutputStream deflated = new ByteArrayOutputStream();
		try (OutputStream out = new DeflaterOutputStream(deflated)) {
			out.write(bytes(CHAT));
		}
		assertThat(post("deflate", deflated.toByteArray()).statusCode()).isEqualTo(200);
		assertThat(received()).isEqualTo(CHAT);
	}

	@Test
	void readsABodyInSeveralMembersAndWithoutADeclaredLength() throws Exception {
		ByteArrayOutputStream members = new ByteArrayOutputStream();
		members.writeBytes(gzip(bytes(CHAT.substring(0, 20))));
		members.writeBytes(gzip(bytes(CHAT.substring(20))));
		byte[] sent = members.toByteArray();
		BodyPublisher chunked = BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(sent));
		assertThat(send("gzip", chunked).statusCode()).isEqualTo(200);
		assertThat(received()).isEqualTo(CHAT);
	}

	@Test
	void readsABodyOfExactlyTheLimitAndRefusesOneMoreByte() throws Exception {
		assertThat(post("gzip", gzip(padded(LIMIT))).statusCode()).isEqualTo(200);
		assertThat(received()).hasSize(LIMIT);
		assertError(post("gzip", gzip(padded(LIMIT + 1))), 413, "request_too_large");
	}

	@Test
	void refusesABombAndMakesNoMoreOfItThanTheLimit() throws Exception {
		byte[] bomb = gzip(padded(4 * 1024 * 1024));
		assertThat(bomb).as("a body that would be let in by its length").hasSizeLessThan(LIMIT);
		assertError(post("gzip", bomb), 413, "request_too_large");
	}

	@Test
	void countsWhatIsDecompressedInTheShareOfAllBodies() throws Exception {
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		this.server.script = (request, sink) -> {
			running.countDown();
			await(release);
			return answer(request, sink);
		};
		CompletableFuture<HttpResponse<String>> first = this.client
			.sendAsync(request("gzip", BodyPublishers.ofByteArray(gzip(padded(LIMIT)))), BodyHandlers.ofString());
		await(running);
		assertThat(this.server.memory.used()).as("the compressed body was given back").isEqualTo(LIMIT);
		assertError(post("gzip", gzip(padded(LIMIT))), 503, "overloaded");
		release.countDown();
		assertThat(first.join().statusCode()).isEqualTo(200);
	}

	@Test
	void refusesWhatCannotBeDecompressed() throws Exception {
		byte[] good = gzip(bytes(CHAT));
		byte[] wrongSum = good.clone();
		wrongSum[good.length - 8] ^= 1;
		byte[] broken = good.clone();
		Arrays.fill(broken, 12, good.length - 8, (byte) 0xFF);
		for (byte[] body : new byte[][] { {}, bytes(CHAT), Arrays.copyOf(good, good.length - 9), wrongSum, broken }) {
			assertError(post("gzip", body), 400, "undecodable_body");
		}
		assertError(post("deflate", good), 400, "undecodable_body");
		assertThat(this.requests).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "br", "zstd", "gzip, gzip", "gzip,identity", "" })
	void refusesOtherCodings(String coding) throws Exception {
		assertError(post(coding, gzip(bytes(CHAT))), 415, "unsupported_content_encoding");
	}

	@Test
	void refusesCodingsOnSeveralLines() throws Exception {
		HttpRequest stacked = HttpRequest
			.newBuilder(request("gzip", BodyPublishers.ofByteArray(gzip(bytes(CHAT)))), (name, value) -> true)
			.header("Content-Encoding", "gzip")
			.build();
		assertError(this.client.send(stacked, BodyHandlers.ofString()), 415, "unsupported_content_encoding");
	}

	@Test
	void takesABodyForTheSameHoweverItWasSent() throws Exception {
		HttpRequest compressed = HttpRequest
			.newBuilder(request("gzip", BodyPublishers.ofByteArray(gzip(bytes(CHAT)))), (name, value) -> true)
			.header("Idempotency-Key", "once")
			.build();
		assertThat(this.client.send(compressed, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
		HttpResponse<String> again = this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "once");
		assertThat(again.statusCode()).as("repeated, not a different body").isEqualTo(409);
		assertThat(this.requests).hasSize(1);
	}

	private HttpResponse<String> post(String coding, byte[] body) throws IOException, InterruptedException {
		return send(coding, BodyPublishers.ofByteArray(body));
	}

	private HttpResponse<String> send(String coding, BodyPublisher body) throws IOException, InterruptedException {
		return this.client.send(request(coding, body), BodyHandlers.ofString());
	}

	private HttpRequest request(String coding, BodyPublisher body) {
		return HttpRequest.newBuilder(URI.create("http://localhost:" + this.server.port() + "/v1/chat/completions"))
			.header("Authorization", "Bearer " + TestWorld.KEY)
			.header("Content-Type", "application/json")
			.header("Content-Encoding", coding)
			.POST(body)
			.build();
	}

	private String received() {
		RequestDocument document = this.requests.remove().document();
		return new String(document.bytes(), 0, document.length(), StandardCharsets.UTF_8);
	}

	private Outcome answer(AiRequest request, AnswerSink sink) {
		this.requests.add(request);
		byte[] bytes = bytes("{\"ok\":true}");
		try {
			sink.begin(new Head(200, "application/json", bytes.length, "sim", "sim-1", 1, null, null, null));
			sink.write(bytes, 0, bytes.length);
			sink.flush();
		}
		catch (IOException _) {
			return new Outcome.ClientGone();
		}
		return new Outcome.Answered(200, "application/json", null);
	}

	private static byte[] padded(int length) {
		byte[] body = new byte[length];
		Arrays.fill(body, (byte) ' ');
		System.arraycopy(bytes(CHAT), 0, body, 0, CHAT.length());
		return body;
	}

	private static byte[] gzip(byte[] body) throws IOException {
		ByteArrayOutputStream compressed = new ByteArrayOutputStream();
		try (OutputStream out = new GZIPOutputStream(compressed)) {
			out.write(body);
		}
		return compressed.toByteArray();
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void assertError(HttpResponse<String> response, int status, String code) {
		assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
		assertThat(response.body()).startsWith("{\"error\":").contains("\"code\":\"" + code + "\"");
	}

}
