package io.exchequer.gateway;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Currency;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.gateway.BodyMemory.Reservation;
import io.exchequer.kernel.Money;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.AnswerSink.Head;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.RoutingService.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.availability.ReadinessState;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The Messages API between the socket and routing.
 */
class MessagesGatewayIT {

	private static final String MESSAGE = "{\"model\":\"sim\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

	private static final String STREAM = MESSAGE.replace("{\"model\"", "{\"stream\":true,\"model\"");

	private static final Money COST = new Money(1_500, Currency.getInstance("USD"));

	private final AtomicInteger served = new AtomicInteger();

	private GatewayServer server;

	@BeforeEach
	void start() {
		this.server = new GatewayServer(GatewayServer.settings());
		this.server.script = (request, sink) -> answer(sink, request.document().stream());
	}

	@AfterEach
	void stop() {
		this.server.close();
		assertThat(this.server.memory.used()).as("memory that was not given back").isZero();
	}

	@Test
	void givesAStoredMessageBackAsItWas() throws Exception {
		this.server.identity(TestWorld.identity(Set.of("*"), Set.of("*"), true));
		for (String body : List.of(MESSAGE, STREAM)) {
			this.served.set(0);
			HttpResponse<String> first = this.server.post("/v1/messages", body, "Idempotency-Key", "k" + body.length());
			HttpResponse<String> second = this.server.post("/v1/messages", body, "Idempotency-Key",
					"k" + body.length());
			assertThat(first.body()).contains("\"text\"").contains("Hello").doesNotContain("choices");
			assertThat(second.statusCode()).isEqualTo(200);
			assertThat(second.body()).isEqualTo(first.body());
			assertThat(header(second, "Idempotent-Replayed")).isEqualTo("true");
			assertThat(header(second, "request-id")).isEqualTo(header(first, "X-Exchequer-Request-Id"));
			assertThat(this.served).hasValue(1);
		}
	}

	@Test
	void keepsAKeyApartFromTheSameBytesInAnotherDialect() throws Exception {
		this.server.identity(TestWorld.identity(Set.of("*"), Set.of("*"), true));
		this.server.post("/v1/messages", MESSAGE, "Idempotency-Key", "k");
		assertThat(this.server.post("/v1/chat/completions", MESSAGE, "Idempotency-Key", "k").statusCode())
			.isEqualTo(422);
	}

	@Test
	void storesAnErrorInTheShapeItWasTold() throws Exception {
		this.server.identity(TestWorld.identity(Set.of("*"), Set.of("*"), true));
		this.server.script = (request,
				sink) -> new Outcome.Refused(ApiError.of(502, "server_error", "upstream_error", "It failed."), 1);
		HttpResponse<String> first = this.server.post("/v1/messages", MESSAGE, "Idempotency-Key", "k");
		error(first, 502, "api_error", "upstream_error");
		assertThat(this.server.post("/v1/messages", MESSAGE, "Idempotency-Key", "k").body()).isEqualTo(first.body());
	}

	@Test
	void tellsWhatIsUnavailableAsOverloaded() throws Exception {
		this.server.script = (request, sink) -> {
			throw new BillingUnavailableException("down", new IOException("refused"));
		};
		error(this.server.post("/v1/messages", MESSAGE), 503, "overloaded_error", "billing_unavailable");
		this.server.configuration = null;
		HttpResponse<String> stale = this.server.post("/v1/messages", MESSAGE);
		error(stale, 503, "overloaded_error", "configuration_stale");
		assertThat(header(stale, "Retry-After")).isEqualTo("2");
		this.server.readiness(ReadinessState.REFUSING_TRAFFIC);
		error(this.server.post("/v1/messages/count_tokens", MESSAGE), 503, "overloaded_error", "not_ready");
	}

	@Test
	void tellsAFaultOfItsOwn() throws Exception {
		this.server.script = (request, sink) -> {
			throw new IllegalStateException("made for a test");
		};
		error(this.server.post("/v1/messages", MESSAGE), 500, "api_error", "internal_error");
	}

	@Test
	void takesTheMemoryForReadingARequestFromTheShareOfAll() throws Exception {
		String long32 = MESSAGE.replace("hi", "x".repeat(32 * 1024));
		try (Reservation others = this.server.memory.open()) {
			assertThat(others.grow(150L * 1024)).isTrue();
			error(this.server.post("/v1/messages", long32), 503, "overloaded_error", "overloaded");
			error(this.server.post("/v1/messages/count_tokens", long32), 503, "overloaded_error", "overloaded");
		}
		assertThat(this.server.post("/v1/messages", long32).statusCode()).isEqualTo(200);
	}

	@Test
	void takesTheLongestBodyThatIsAccepted() throws Exception {
		String longest = MESSAGE.replace("hi", "x".repeat(64 * 1024 - MESSAGE.length() + 2));
		assertThat(longest).hasSize(64 * 1024);
		assertThat(this.server.post("/v1/messages", longest).statusCode()).isEqualTo(200);
		error(this.server.post("/v1/messages", longest + " "), 413, "request_too_large", "request_too_large");
	}

	@Test
	void noticesAClientThatLeavesWhileItsMessageIsAwaited() throws Exception {
		CountDownLatch left = new CountDownLatch(1);
		this.server.script = (request, sink) -> {
			try (AnswerSink.Watch _ = sink.whileAwaiting(left::countDown)) {
				assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return new Outcome.ClientGone();
		};
		try (RawClient client = new RawClient(this.server.port())) {
			client.head("/v1/messages", "Content-Length: " + MESSAGE.length()).send(MESSAGE).reset();
		}
		assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
	}

	private Outcome answer(AnswerSink sink, boolean stream) {
		this.served.incrementAndGet();
		String choice = "{\"index\":0,\"" + (stream ? "delta" : "message")
				+ "\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}";
		String answer = "{\"id\":\"c\",\"model\":\"gpt-x\",\"choices\":[" + choice + "]}";
		byte[] bytes = (stream ? "data: " + answer + "\n\ndata: [DONE]\n\n" : answer).getBytes(StandardCharsets.UTF_8);
		String type = stream ? "text/event-stream" : "application/json";
		try {
			sink.begin(new Head(200, type, stream ? -1 : bytes.length, "sim", "sim-1", 1, null, COST, null));
			sink.write(bytes, 0, bytes.length);
			sink.flush();
		}
		catch (IOException _) {
			return new Outcome.ClientGone();
		}
		return new Outcome.Answered(200, type, COST);
	}

	private static String header(HttpResponse<?> response, String name) {
		return response.headers().firstValue(name).orElse("absent");
	}

	private static void error(HttpResponse<String> response, int status, String type, String code) {
		assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
		JsonNode body = JsonMapper.shared().readTree(response.body());
		assertThat(body.get("type").asString()).isEqualTo("error");
		assertThat(body.at("/error/type").asString()).isEqualTo(type);
		assertThat(body.at("/error/code").asString()).isEqualTo(code);
		assertThat(body.get("request_id").asString()).isEqualTo(header(response, "X-Exchequer-Request-Id"));
	}

}
