package io.exchequer.gateway;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.RequestCosts.AttemptCost;
import io.exchequer.billing.RequestCosts.RequestCost;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.DataClass;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.AnswerSink.Head;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.BudgetsChangedException;
import io.exchequer.routing.RoutingService.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.transaction.CannotCreateTransactionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What the gateway does between the socket and routing.
 */
class GatewayServletIT {

	private static final String CHAT = "{\"model\":\"sim\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

	private static final Money COST = new Money(1_500, Currency.getInstance("USD"));

	private final AtomicInteger served = new AtomicInteger();

	private final BlockingQueue<AiRequest> requests = new LinkedBlockingQueue<>();

	private GatewayServer server;

	@BeforeEach
	void start() {
		this.server = new GatewayServer(GatewayServer.settings());
		this.server.script = (request, sink) -> answer(request, sink, "{\"id\":\"x\"}");
	}

	@AfterEach
	void stop() {
		this.server.close();
		assertThat(this.server.memory.used()).as("memory that was not given back").isZero();
	}

	@Test
	void answersWithThePlatformsHeaders() throws Exception {
		HttpResponse<String> response = this.server.post("/v1/chat/completions", CHAT);
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).isEqualTo("{\"id\":\"x\"}");
		assertThat(header(response, "Content-Type")).isEqualTo("application/json");
		assertThat(header(response, "Content-Length")).isEqualTo("10");
		assertThat(header(response, "X-Exchequer-Request-Id")).isEqualTo(this.requests.remove().id().toString());
		assertThat(UUID.fromString(header(response, "X-Exchequer-Request-Id")).version()).isEqualTo(7);
		assertThat(header(response, "x-request-id")).isEqualTo(header(response, "X-Exchequer-Request-Id"));
		assertThat(header(response, "X-Exchequer-Model")).isEqualTo("sim");
		assertThat(header(response, "X-Exchequer-Deployment")).isEqualTo("sim-1");
		assertThat(header(response, "X-Exchequer-Attempts")).isEqualTo("2");
		assertThat(header(response, "X-Exchequer-Cache")).isEqualTo("none");
		assertThat(header(response, "X-Exchequer-Clamped")).isEqualTo("77");
		assertThat(header(response, "X-Exchequer-Cost")).isEqualTo("0.0000015");
		assertThat(header(response, "X-Exchequer-Currency")).isEqualTo("USD");
		assertThat(header(response, "X-Exchequer-Warning")).isEqualTo("soft limit of Q4");
		assertThat(header(response, "X-Exchequer-Dropped")).isEqualTo("seed, messages[0].name?");
	}

	@Test
	void handsOverWhoAsksForWhat() throws Exception {
		this.server.post("/v1/chat/completions", CHAT, "x-api-key", TestWorld.KEY, "X-Exchequer-Task", "translation",
				"X-Exchequer-Tags", "customer:42", "X-Exchequer-Data-Class", "Restricted",
				"X-Exchequer-Drop-Unsupported", "true");
		AiRequest asked = this.requests.remove();
		assertThat(asked.chargeTo().task()).isEqualTo("translation");
		assertThat(asked.chargeTo().tags()).containsExactly("blue", "customer:42", "red");
		assertThat(asked.chargeTo().key()).isEqualTo(TestWorld.IDENTITY.key());
		assertThat(asked.chargeTo().requestsPerMinute()).isEqualTo(60);
		assertThat(asked.dataClass()).isEqualTo(DataClass.RESTRICTED);
		assertThat(asked.dropUnsupported()).isTrue();
		assertThat(asked.document().bytes()).isEqualTo(CHAT.getBytes(StandardCharsets.UTF_8));
	}

	@Test
	void runsNoFilterOfEveryPath() throws Exception {
		this.server.post("/v1/chat/completions", CHAT);
		this.server.get("/v1/unknown");
		assertThat(this.server.filtered).hasValue(0);
		assertThat(this.server.get("/elsewhere").body()).isEqualTo("other");
		assertThat(this.server.filtered).hasValue(1);
	}

	@Test
	void streamsEventsAsTheyAreFlushed() throws Exception {
		this.server.script = (request, sink) -> {
			try {
				sink.begin(new Head(200, "text/event-stream", -1, "sim", "sim-1", 1, null, null, null));
				write(sink, "data: {\"a\":1}\n\n");
				sink.flush();
				write(sink, "data: [DONE]\n\n");
				return new Outcome.Answered(200, "text/event-stream", COST);
			}
			catch (IOException _) {
				return new Outcome.ClientGone();
			}
		};
		HttpResponse<String> response = this.server.post("/v1/chat/completions", CHAT);
		assertThat(response.body()).isEqualTo("data: {\"a\":1}\n\ndata: [DONE]\n\n");
		assertThat(header(response, "Content-Type")).isEqualToIgnoringCase("text/event-stream;charset=utf-8");
		assertThat(header(response, "Cache-Control")).isEqualTo("no-cache");
		assertThat(header(response, "X-Accel-Buffering")).isEqualTo("no");
		assertThat(response.headers().firstValue("X-Exchequer-Cost")).isEmpty();
	}

	@Test
	void refusesKeysWithoutRepeatingThem() throws Exception {
		refusesKey("xq-nobody-knows-this", "invalid_api_key");
		refusesKey(TestWorld.EXPIRED_KEY, "expired_api_key");
		refusesKey(TestWorld.REVOKED_KEY, "revoked_api_key");
		refusesKey("", "invalid_api_key");
		HttpResponse<String> basic = this.server.get("/v1/models", "Authorization", "Basic eHE6eHE=");
		assertError(basic, 401, "invalid_api_key");
		assertThat(this.served).hasValue(0);
	}

	private void refusesKey(String key, String code) throws Exception {
		for (String path : List.of("/v1/chat/completions", "/v1/embeddings")) {
			HttpResponse<String> response = this.server.post(path, CHAT, "Authorization", "Bearer " + key);
			assertError(response, 401, code);
			assertThat(header(response, "WWW-Authenticate")).isEqualTo("Bearer");
			if (!key.isEmpty()) {
				assertThat(response.body()).doesNotContain(key);
			}
		}
		assertError(this.server.get("/v1/models", "x-api-key", key), 401, code);
		assertError(this.server.get("/v1/requests/" + TestWorld.id(1), "x-api-key", key), 401, code);
	}

	@Test
	void refusesATaskTheKeyMayNotBeUsedFor() throws Exception {
		this.server.identity(TestWorld.identity(Set.of("*"), Set.of("translation")));
		assertError(this.server.post("/v1/chat/completions", CHAT), 403, "task_not_allowed");
		assertThat(this.server.post("/v1/chat/completions", CHAT, "X-Exchequer-Task", "translation").statusCode())
			.isEqualTo(200);
		this.server.identity(TestWorld.identity(Set.of("*"), Set.of()));
		assertError(this.server.post("/v1/chat/completions", CHAT, "X-Exchequer-Task", "translation"), 403,
				"task_not_allowed");
	}

	@Test
	void answersUnknownAddressesAndMethodsInOpenAisShape() throws Exception {
		assertError(this.server.get("/v1/nothing"), 404, "unknown_url");
		assertError(this.server.get("/v1/"), 404, "unknown_url");
		assertError(this.server.get("/v1"), 404, "unknown_url");
		HttpResponse<String> wrong = this.server.get("/v1/chat/completions");
		assertError(wrong, 405, "method_not_allowed");
		assertThat(header(wrong, "Allow")).isEqualTo("POST, OPTIONS");
		assertError(this.server.send("DELETE", "/v1/models", null), 405, "method_not_allowed");
		HttpResponse<String> head = this.server.send("HEAD", "/v1/models", null);
		assertThat(head.statusCode()).isEqualTo(200);
		assertThat(head.body()).isEmpty();
	}

	@Test
	void letsOnlyPagesOfConfiguredOriginsCall() throws Exception {
		HttpResponse<String> known = this.server.send("OPTIONS", "/v1/chat/completions", null, "Origin",
				"https://portal.example.com", "Access-Control-Request-Headers", "authorization,content-type");
		assertThat(known.statusCode()).isEqualTo(204);
		assertThat(header(known, "Access-Control-Allow-Origin")).isEqualTo("https://portal.example.com");
		assertThat(header(known, "Access-Control-Allow-Headers")).isEqualTo("authorization,content-type");
		assertThat(known.headers().firstValue("Access-Control-Allow-Credentials")).isEmpty();
		HttpResponse<String> other = this.server.send("OPTIONS", "/v1/chat/completions", null, "Origin",
				"https://evil.example.com");
		assertThat(other.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
		assertThat(header(other, "Allow")).isEqualTo("POST, OPTIONS");
	}

	@Test
	void refusesBodiesThatAreNoPlainJson() throws Exception {
		assertError(this.server.post("/v1/chat/completions", CHAT, "Content-Type", "text/plain"), 415,
				"unsupported_media_type");
		assertError(this.server.post("/v1/chat/completions", CHAT, "Content-Type", "application/json; charset=utf-16"),
				415, "unsupported_charset");
		assertThat(this.server.post("/v1/chat/completions", CHAT, "Content-Type", "Application/JSON; charset=\"UTF-8\"")
			.statusCode()).isEqualTo(200);
	}

	@Test
	void refusesABodyOverTheLimitAndReadsOneAtIt() throws Exception {
		assertThat(this.server.post("/v1/chat/completions", ofLength(64 * 1024)).statusCode()).isEqualTo(200);
		assertError(this.server.post("/v1/chat/completions", ofLength(64 * 1024 + 1)), 413, "request_too_large");
	}

	@Test
	void tellsWhereBudgetsChangedAndServesAgain() throws Exception {
		this.server.script = (request, sink) -> {
			if (this.served.incrementAndGet() <= CompletionHandler.REFRESHES_MAX) {
				throw new BudgetsChangedException();
			}
			return answer(request, sink, "{}");
		};
		assertThat(this.server.post("/v1/chat/completions", CHAT).statusCode()).isEqualTo(200);
		assertThat(this.server.refreshes).hasValue(CompletionHandler.REFRESHES_MAX);
		this.server.script = (request, sink) -> {
			throw new BudgetsChangedException();
		};
		HttpResponse<String> response = this.server.post("/v1/chat/completions", CHAT);
		assertError(response, 503, "budgets_changing");
		assertThat(header(response, "Retry-After")).isEqualTo("2");
	}

	@Test
	void looksAtTheKeyAgainWhereBudgetsChanged() throws Exception {
		this.server.script = (request, sink) -> {
			this.server.identity(TestWorld.identity(Set.of("*"), Set.of()));
			throw new BudgetsChangedException();
		};
		assertError(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1"), 403, "task_not_allowed");
	}

	@Test
	void answers503WhileConfigurationOrLedgerCannotBeConfirmed() throws Exception {
		this.server.script = (request, sink) -> {
			throw new BillingUnavailableException("down", new IOException("refused"));
		};
		assertError(this.server.post("/v1/chat/completions", CHAT), 503, "billing_unavailable");
		this.server.configuration = null;
		HttpResponse<String> response = this.server.post("/v1/chat/completions", CHAT);
		assertError(response, 503, "configuration_stale");
		assertThat(header(response, "Retry-After")).isEqualTo("2");
	}

	@Test
	void answers503WhateverIsAskedUntilThePlatformIsReadyAndAfterwards() throws Exception {
		this.server.readiness(ReadinessState.REFUSING_TRAFFIC);
		for (HttpResponse<String> response : List.of(this.server.post("/v1/chat/completions", CHAT),
				this.server.post("/v1/chat/completions", CHAT, "x-api-key", "not-known-yet"),
				this.server.get("/v1/models"), this.server.get("/v1/unknown"))) {
			assertError(response, 503, "not_ready");
			assertThat(header(response, "Retry-After")).isEqualTo("2");
		}
		assertThat(this.served).hasValue(0);
		this.server.readiness(ReadinessState.ACCEPTING_TRAFFIC);
		assertThat(this.server.post("/v1/chat/completions", CHAT).statusCode()).isEqualTo(200);
	}

	@Test
	void answers503WhereASessionCannotBeLookedUpAndLetsKeysThrough() throws Exception {
		this.server.sessions = (request, configuration, at) -> {
			throw new CannotCreateTransactionException("no connection");
		};
		HttpResponse<String> response = this.server.post("/v1/chat/completions", CHAT, "Authorization", "Bearer ");
		assertError(response, 401, "invalid_api_key");
		HttpResponse<String> bySession = this.server.withoutKey("/v1/models");
		assertError(bySession, 503, "sessions_unavailable");
		assertThat(header(bySession, "Retry-After")).isEqualTo("2");
		assertThat(this.server.post("/v1/chat/completions", CHAT).statusCode()).isEqualTo(200);
	}

	@Test
	void hidesWhatFailedUnexpectedly() throws Exception {
		this.server.script = (request, sink) -> {
			throw new IllegalStateException("the secret is xyz");
		};
		HttpResponse<String> response = this.server.post("/v1/chat/completions", CHAT);
		assertError(response, 500, "internal_error");
		assertThat(response.body()).doesNotContain("xyz");
	}

	@Test
	void cutsAnAnswerThatFailsAfterItBegan() {
		this.server.script = (request, sink) -> {
			try {
				sink.begin(new Head(200, "text/event-stream", -1, "sim", "sim-1", 1, null, null, null));
				write(sink, "data: {}\n\n");
				sink.flush();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
			throw new IllegalStateException("later");
		};
		assertThatThrownBy(() -> this.server.post("/v1/chat/completions", CHAT)).isInstanceOf(IOException.class);
	}

	@Test
	void repeatsAStoredAnswer() throws Exception {
		this.server.identity(TestWorld.identity(Set.of("*"), Set.of("*"), true));
		HttpResponse<String> first = this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1");
		HttpResponse<String> second = this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1");
		assertThat(second.statusCode()).isEqualTo(200);
		assertThat(second.body()).isEqualTo(first.body());
		assertThat(header(second, "Idempotent-Replayed")).isEqualTo("true");
		assertThat(header(second, "X-Exchequer-Request-Id")).isEqualTo(header(first, "X-Exchequer-Request-Id"));
		assertThat(header(second, "x-request-id")).isEqualTo(header(first, "X-Exchequer-Request-Id"));
		assertThat(first.headers().firstValue("Idempotent-Replayed")).isEmpty();
		assertThat(this.served).hasValue(1);
		assertError(this.server.post("/v1/chat/completions", CHAT + " ", "Idempotency-Key", "k1"), 422,
				"idempotency_body_mismatch");
	}

	@Test
	void repeatsAnAnswerWhoseClientDidNotWaitForIt() throws Exception {
		this.server.identity(TestWorld.identity(Set.of("*"), Set.of("*"), true));
		this.server.script = (request, sink) -> {
			this.served.incrementAndGet();
			try {
				sink.begin(new Head(200, "application/json", 10, "sim", "sim-1", 1, null, COST, null));
				write(sink, "{\"id\"");
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
			byte[] rest = ":\"x\"}".getBytes(StandardCharsets.UTF_8);
			sink.missed(rest, 0, rest.length);
			return new Outcome.ClientGone(new Outcome.Answered(200, "application/json", COST));
		};
		assertThatThrownBy(() -> this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1"))
			.isInstanceOf(IOException.class);
		HttpResponse<String> second = this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1");
		assertThat(second.body()).isEqualTo("{\"id\":\"x\"}");
		assertThat(header(second, "Idempotent-Replayed")).isEqualTo("true");
		assertThat(this.served).hasValue(1);
	}

	@Test
	void namesTheFirstRequestWhereItsAnswerIsNotStored() throws Exception {
		HttpResponse<String> first = this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1");
		UUID id = UUID.fromString(header(first, "X-Exchequer-Request-Id"));
		this.server.costs.put(id, new RequestCost(id, TestWorld.IDENTITY.key(), true, COST, List.of()));
		HttpResponse<String> second = this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1");
		assertError(second, 409, "idempotency_finished");
		JsonNode details = JsonMapper.shared().readTree(second.body()).at("/error");
		assertThat(details.get("request_id").asString()).isEqualTo(id.toString());
		assertThat(details.get("cost").asString()).isEqualTo("0.0000015");
		assertThat(details.get("currency").asString()).isEqualTo("USD");
		assertThat(this.served).hasValue(1);
	}

	@Test
	void doesNotStoreAnAnswerThatIsTooLong() throws Exception {
		this.server.identity(TestWorld.identity(Set.of("*"), Set.of("*"), true));
		this.server.script = (request, sink) -> answer(request, sink, "x".repeat(4097));
		this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1");
		assertError(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1"), 409,
				"idempotency_finished");
	}

	@Test
	void tellsThatTheFirstRequestIsStillRunning() throws Exception {
		this.server.script = (request, sink) -> {
			try {
				HttpResponse<String> second = this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1");
				assertError(second, 409, "idempotency_in_flight");
				assertThat(second.body()).contains(request.id().toString());
			}
			catch (IOException | InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			return answer(request, sink, "{}");
		};
		assertThat(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1").statusCode()).isEqualTo(200);
	}

	@Test
	void servesNothingMoreForARequestWhoseKeyWentToARepetition() throws Exception {
		this.server.script = (request, sink) -> {
			this.served.incrementAndGet();
			this.server.claims.giveTo("k1", new UUID(1, 1));
			throw new BudgetsChangedException();
		};
		assertError(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1"), 409,
				"idempotency_taken_over");
		assertThat(this.served).hasValue(1);
		assertThat(this.server.claims.owns(TestWorld.IDENTITY.tenant(), TestWorld.IDENTITY.key(), "k1", new UUID(1, 1)))
			.isTrue();
	}

	@Test
	void leavesTheIdempotencyKeyInFlightWhereNobodyKnowsWhoseItIs() throws Exception {
		this.server.claims.unreadable = true;
		this.server.script = (request, sink) -> {
			throw new BudgetsChangedException();
		};
		assertError(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1"), 503,
				"billing_unavailable");
		this.server.claims.unreadable = false;
		// A repetition takes the key over once the lease is over, since nothing was held.
		assertError(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1"), 409,
				"idempotency_in_flight");
	}

	@Test
	void freesTheIdempotencyKeyWhereTheChangedBudgetsCannotBeReadBeforeTheFirstAttempt() throws Exception {
		this.server.script = (request, sink) -> {
			this.server.configuration = null;
			throw new BudgetsChangedException();
		};
		assertError(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1"), 503,
				"configuration_stale");
		this.server.identity(TestWorld.IDENTITY);
		this.server.script = (request, sink) -> answer(request, sink, "{}");
		assertThat(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1").statusCode()).isEqualTo(200);
	}

	@Test
	void freesTheIdempotencyKeyWhereNoUpstreamWasCalled() throws Exception {
		this.server.script = (request,
				sink) -> new Outcome.Refused(ApiError.of(402, "insufficient_quota", "budget_exceeded", "Over."), 0);
		assertError(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1"), 402, "budget_exceeded");
		this.server.script = (request,
				sink) -> new Outcome.Refused(ApiError.of(502, "server_error", "upstream_failed", "No."), 2);
		HttpResponse<String> second = this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1");
		assertError(second, 502, "upstream_failed");
		assertThat(header(second, "X-Exchequer-Attempts")).isEqualTo("2");
		assertError(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1"), 409,
				"idempotency_finished");
	}

	@Test
	void usesTheIdempotencyKeyUpWhereItIsNotKnownWhatHappened() throws Exception {
		this.server.script = (request, sink) -> {
			throw new IllegalStateException("no idea");
		};
		assertError(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1"), 500, "internal_error");
		assertError(this.server.post("/v1/chat/completions", CHAT, "Idempotency-Key", "k1"), 409,
				"idempotency_finished");
	}

	@Test
	void listsWhatTheKeyMayAskFor() throws Exception {
		assertThat(names()).containsExactly("hosted", "sim", "best", "org/hosted-eu", "sim-1");
		this.server.identity(TestWorld.identity(Set.of("sim"), Set.of("*")));
		assertThat(names()).containsExactly("sim", "sim-1");
		this.server.identity(TestWorld.identity(Set.of("best"), Set.of("*")));
		assertThat(names()).containsExactly("hosted", "best", "org/hosted-eu");
		this.server.identity(TestWorld.identity(Set.of(), Set.of("*")));
		assertThat(names()).isEmpty();
	}

	private List<String> names() throws Exception {
		HttpResponse<String> response = this.server.get("/v1/models");
		JsonNode list = JsonMapper.shared().readTree(response.body());
		assertThat(list.get("object").asString()).isEqualTo("list");
		return list.get("data").valueStream().map((entry) -> entry.get("id").asString()).toList();
	}

	@Test
	void describesAModelAndSaysWhereItIsASimulator() throws Exception {
		JsonNode simulator = JsonMapper.shared().readTree(this.server.get("/v1/models/sim").body());
		assertThat(simulator.get("id").asString()).isEqualTo("sim");
		assertThat(simulator.get("object").asString()).isEqualTo("model");
		assertThat(simulator.get("owned_by").asString()).isEqualTo("demo-provider");
		assertThat(simulator.get("created").asLong()).isPositive();
		assertThat(simulator.at("/exchequer/simulator").asBoolean()).isTrue();
		assertThat(simulator.at("/exchequer/capabilities/tools").asBoolean()).isTrue();
		assertThat(simulator.at("/exchequer/lifecycle/stage").asString()).isEqualTo("active");
		for (String path : List.of("/v1/models/org/hosted-eu", "/v1/models/org%2Fhosted-eu")) {
			JsonNode hosted = JsonMapper.shared().readTree(this.server.get(path).body());
			assertThat(hosted.get("id").asString()).isEqualTo("org/hosted-eu");
			assertThat(hosted.at("/exchequer/simulator").isMissingNode()).isTrue();
		}
		assertError(this.server.get("/v1/models/nothing"), 404, "model_not_found");
		assertError(this.server.get("/v1/models/100%25"), 404, "model_not_found");
		this.server.identity(TestWorld.identity(Set.of("sim"), Set.of("*")));
		assertError(this.server.get("/v1/models/hosted"), 404, "model_not_found");
	}

	@Test
	void tellsARequestsCostOnlyToItsKey() throws Exception {
		UUID mine = new Uuid7(Clock.systemUTC()).next();
		UUID another = new Uuid7(Clock.systemUTC()).next();
		AttemptCost attempt = new AttemptCost(1, TestWorld.SIMULATOR.id().value(), TestWorld.id(7), "default",
				TokenUsage.NONE.with(UsageBucket.INPUT, 12).with(UsageBucket.OUTPUT, 3), COST, null,
				Instant.parse("2026-11-22T06:00:00Z"));
		this.server.costs.put(mine, new RequestCost(mine, TestWorld.IDENTITY.key(), true, COST, List.of(attempt)));
		this.server.costs.put(another,
				new RequestCost(another, new KeyId(TestWorld.id(999)), true, COST, List.of(attempt)));
		JsonNode answer = JsonMapper.shared().readTree(this.server.get("/v1/requests/" + mine).body());
		assertThat(answer.get("cost").asString()).isEqualTo("0.0000015");
		assertThat(answer.get("settled").asBoolean()).isTrue();
		assertThat(answer.at("/attempts/0/deployment").asString()).isEqualTo("sim-1");
		assertThat(answer.at("/attempts/0/usage/input").asLong()).isEqualTo(12);
		assertThat(answer.at("/attempts/0/estimated").asBoolean()).isFalse();
		assertError(this.server.get("/v1/requests/" + another), 404, "request_not_found");
		assertError(this.server.get("/v1/requests/" + TestWorld.id(1)), 404, "request_not_found");
		assertError(this.server.get("/v1/requests/1-1-1-1-1"), 404, "request_not_found");
	}

	@Test
	void countsRequestsByRouteAndStatus() throws Exception {
		this.server.post("/v1/chat/completions", CHAT);
		this.server.get("/v1/nothing");
		this.server.close();
		assertThat(this.server.meters.get("exchequer.gateway.requests")
			.tags("route", "chat_completions", "status", "200")
			.timer()
			.count()).isEqualTo(1);
		assertThat(this.server.meters.get("exchequer.gateway.requests")
			.tags("route", "unknown", "status", "404")
			.timer()
			.count()).isEqualTo(1);
		assertThat(this.server.meters.get("exchequer.gateway.inflight").gauge().value()).isZero();
	}

	private Outcome answer(AiRequest request, AnswerSink sink, String body) {
		this.requests.add(request);
		this.served.incrementAndGet();
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		try {
			sink.begin(new Head(200, "application/json", bytes.length, "sim", "sim-1", 2, 77, COST, "soft limit of Q4",
					List.of("seed", "messages[0].name\n")));
			sink.write(bytes, 0, bytes.length);
			sink.flush();
		}
		catch (IOException _) {
			return new Outcome.ClientGone();
		}
		return new Outcome.Answered(200, "application/json", COST);
	}

	private static void write(AnswerSink sink, String text) throws IOException {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		sink.write(bytes, 0, bytes.length);
	}

	private static String ofLength(int length) {
		String head = "{\"model\":\"sim\",\"messages\":[{\"role\":\"user\",\"content\":\"";
		String tail = "\"}]}";
		return head + "x".repeat(length - head.length() - tail.length()) + tail;
	}

	private static String header(HttpResponse<?> response, String name) {
		return response.headers().firstValue(name).orElse("absent");
	}

	private static void assertError(HttpResponse<String> response, int status, String code) {
		assertThat(response.body()).contains("\"code\":\"" + code + "\"");
		assertThat(response.statusCode()).isEqualTo(status);
		JsonNode error = JsonMapper.shared().readTree(response.body()).get("error");
		assertThat(error.propertyNames()).contains("message", "type", "param", "code");
		assertThat(header(response, "Content-Type")).isEqualTo("application/json");
		assertThat(UUID.fromString(header(response, "X-Exchequer-Request-Id")).version()).isEqualTo(7);
	}

}
