package io.exchequer.admin;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.exchequer.admin.Platform.Answer;
import io.exchequer.billing.Corrections;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.RegistryAdministration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every entry of the ledger is its stored usage at the prices of its stored card, by an
 * arithmetic of the test's own: whatever the provider reported, in whichever tier its
 * response named, streamed or not, under an older card, and after a correction, be it of
 * tokens or of things that are counted otherwise.
 */
class LedgerRecomputationIT {

	private static final String KEY = "exq_the-key-that-is-recomputed";

	private static final JsonMapper JSON = JsonMapper.shared();

	/**
	 * Every price differs, so that no tier and no bucket stands in for another unseen.
	 */
	private static final String WORLD = """
			providers:
			  - {name: reporting, kind: openai, baseUrl: "%s", secret: sk-reporting}
			models:
			  - {name: m, capabilities: {input: [text], output: [text], contextWindow: 100000, maxOutput: 1024}}
			deployments:
			  - {name: d, model: m, provider: reporting, dataClass: confidential}
			priceCards:
			  - deployment: d
			    currency: USD
			    tiers:
			      - prices: {input: "1.1", cache-read: "0.13", output: "2.3", reasoning: "3.7"}
			      - {inputTokensOver: 1000, prices: {input: "1.9", cache-read: "0.17", output: "4.1", reasoning: "5.3"}}
			      - {serviceTier: batch, prices: {input: "0.55", cache-read: "0.07", output: "1.15", reasoning: "1.85"}}
			      - {serviceTier: flex, prices: {input: "0.6", cache-read: "0.08", output: "1.2", reasoning: "1.9"}}
			      - {serviceTier: priority, prices: {input: "2.21", cache-read: "0.26", output: "4.6", reasoning: "7.4"}}
			tenants:
			  - name: acme
			    teams:
			      - name: one
			        projects:
			          - name: only
			            keys:
			              - {name: key, secret: "%s", allowedNames: ["*"], allowedTasks: ["*"]}
			    budgets:
			      - {name: everything, window: total, currency: USD, hardLimit: "1000"}
			    routingPolicies:
			      - {name: chat, task: chat, candidates: [{name: d}]}
			""";

	private static final String DEARER = """
			{"deployment": "d", "currency": "USD", "tiers": [{"prices":
				{"input": "11", "cache-read": "1.3", "output": "23", "reasoning": "37",
				"images-out": "0.04", "audio-time-in": "0.0001", "characters-in": "15"}}]}""";

	/** How many nano-dollars a dollar of a price is for each that is counted. */
	private static final Map<String, Long> NANOS_FOR_EACH = Map.of("IMAGES_OUT", 1_000_000_000L, "AUDIO_TIME_IN",
			1_000_000L, "CHARACTERS_IN", 1_000L);

	/**
	 * What the provider reports next: its tier, or none, and prompt, cached, completion,
	 * reasoning.
	 */
	private static volatile Report next = new Report(null, 0, 0, 0, 0);

	private static HttpServer upstream;

	private static Platform platform;

	@BeforeAll
	static void start() throws IOException {
		upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		upstream.createContext("/v1/chat/completions", LedgerRecomputationIT::report);
		upstream.start();
		platform = new Platform();
		Answer applied = platform.yaml("/admin/v1/apply",
				WORLD.formatted("http://127.0.0.1:" + upstream.getAddress().getPort() + "/v1", KEY));
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
		platform.bean(ConfigurationSource.class).refresh();
	}

	@AfterAll
	static void stop() {
		platform.close();
		upstream.stop(0);
	}

	@Test
	void everyEntryCanBeComputedAgain() {
		Map<String, Long> expected = new LinkedHashMap<>();
		for (boolean stream : List.of(false, true)) {
			// 700 x 1.1 + 300 x 0.13 + 40 x 2.3 + 7 x 3.7, in dollars per million
			ask(expected, new Report(null, 1000, 300, 47, 7), stream, 926_900);
			ask(expected, new Report("default", 1, 0, 1, 0), stream, 3_400);
			// 701 x 1.9 + 300 x 0.17 + 40 x 4.1 + 7 x 5.3: one token more is another tier
			ask(expected, new Report("default", 1001, 300, 47, 7), stream, 1_584_000);
			ask(expected, new Report("batch", 1000, 300, 47, 7), stream, 464_950);
			ask(expected, new Report("flex", 1000, 300, 47, 7), stream, 505_300);
			ask(expected, new Report("priority", 1000, 300, 47, 7), stream, 1_860_800);
		}
		assertThat(platform.admin("POST", "/admin/v1/price-cards", DEARER).status()).isEqualTo(201);
		platform.bean(ConfigurationSource.class).refresh();
		ask(expected, new Report(null, 1000, 300, 47, 7), false, 9_269_000);
		List<Line> lines = lines();
		assertThat(lines).hasSameSizeAs(expected.keySet());
		assertThat(lines).allSatisfy((line) -> assertThat(line.amount()).isEqualTo(expected.get(line.request())));
		TokenUsage tokens = TokenUsage.of(Map.of(UsageBucket.INPUT, 999L, UsageBucket.OUTPUT, 77L));
		assertThat(dearer().id()).hasToString(lines.getLast().card());
		correct(lines.getFirst(), tokens);
		correct(lines.getFirst(),
				tokens.with(UsageBucket.IMAGES_OUT, 3)
					.with(UsageBucket.AUDIO_TIME_IN, 12_345)
					.with(UsageBucket.CHARACTERS_IN, 71));
		correct(lines.getFirst(), TokenUsage.NONE.with(UsageBucket.IMAGES_OUT, 1));
		assertThat(lines()).extracting(Line::kind).contains("reversal", "correction");
		assertThat(lines()).filteredOn((line) -> !line.others().equals("{}"))
			.extracting((line) -> line.kind() + " " + line.amount())
			.containsExactlyInAnyOrder("correction 135059500", "reversal -135059500", "correction 40000000");
		assertEachIsItsUsageAtItsCard(lines());
	}

	private static PriceCard dearer() {
		return platform.bean(RegistryAdministration.class).priceCards("d").getFirst().card();
	}

	private static void correct(Line line, TokenUsage usage) {
		TenantId tenant = new TenantId(UUID.fromString(line.tenant()));
		PriceCard card = dearer();
		platform.bean(Corrections.class)
			.correct(tenant, UUID.fromString(line.request()), UUID.fromString(line.hold()), usage, card, "default",
					"invoice");
	}

	private static void assertEachIsItsUsageAtItsCard(List<Line> lines) {
		Map<String, Line> byTransaction = new HashMap<>();
		lines.forEach((line) -> byTransaction.put(line.transaction(), line));
		Map<String, JsonNode> cards = new HashMap<>();
		platform.get("/admin/v1/price-cards?deployment=d")
			.json()
			.at("/items")
			.forEach((card) -> cards.put(card.at("/id").asString(), card));
		for (Line line : lines) {
			Line reversed = (line.reverses() != null) ? byTransaction.get(line.reverses()) : null;
			long amount = (reversed != null) ? -line.amount() : line.amount();
			long input = (reversed != null) ? -line.input() : line.input();
			long cached = (reversed != null) ? -line.cached() : line.cached();
			long output = (reversed != null) ? -line.output() : line.output();
			long reasoning = (reversed != null) ? -line.reasoning() : line.reasoning();
			JsonNode prices = prices(cards.get(line.card()), line.tier(), input + cached);
			BigDecimal nanos = price(prices, "input", input).add(price(prices, "cache-read", cached))
				.add(price(prices, "output", output))
				.add(price(prices, "reasoning", reasoning));
			for (Map.Entry<String, JsonNode> other : JSON.readTree(line.others()).properties()) {
				long count = (reversed != null) ? -other.getValue().asLong() : other.getValue().asLong();
				String name = other.getKey().toLowerCase(Locale.ROOT).replace('_', '-');
				nanos = nanos.add(new BigDecimal(prices.at("/" + name).asString())
					.multiply(BigDecimal.valueOf(count * NANOS_FOR_EACH.get(other.getKey()))));
			}
			assertThat(amount).as("%s", line).isEqualTo(nanos.setScale(0, RoundingMode.HALF_UP).longValueExact());
		}
		assertThat(lines.stream().mapToLong(Line::amount).sum())
			.isEqualTo(books().sql("SELECT -sum(amount_nanos) FROM exchequer.ledger_line WHERE account = 'provider'")
				.query(Long.class)
				.single())
			.isEqualTo(books().sql("SELECT sum(settled) FROM exchequer.balance").query(Long.class).single());
	}

	/** The service tier's prices for so many input tokens. */
	private static JsonNode prices(JsonNode card, String serviceTier, long inputTokens) {
		JsonNode found = null;
		long over = -1;
		for (JsonNode tier : card.at("/tiers")) {
			long from = tier.at("/inputTokensOver").asLong(0);
			String name = tier.at("/serviceTier").asString("default");
			if (name.equals(serviceTier) && (from == 0 || inputTokens > from) && from > over) {
				found = tier.at("/prices");
				over = from;
			}
		}
		assertThat(found).as("the %s prices of %s", serviceTier, card).isNotNull();
		return found;
	}

	/** Nano-dollars: a dollar per million tokens is a thousand of them per token. */
	private static BigDecimal price(JsonNode prices, String bucket, long tokens) {
		return new BigDecimal(prices.at("/" + bucket).asString()).multiply(BigDecimal.valueOf(tokens * 1_000));
	}

	private static void ask(Map<String, Long> expected, Report report, boolean stream, long nanos) {
		next = report;
		Answer answer = platform.send("POST", "/v1/chat/completions", KEY, Map.of("model", "auto", "stream", stream,
				"messages", List.of(Map.of("role", "user", "content", "Hello"))));
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		expected.put(answer.response().headers().firstValue("X-Exchequer-Request-Id").orElseThrow(), nanos);
	}

	private static JdbcClient books() {
		return JdbcClient.create(platform.database().owner());
	}

	private static List<Line> lines() {
		return books().sql("""
				SELECT tenant_id::text AS tenant, request_id::text AS request, hold_id::text AS hold,
					transaction_id::text AS transaction, reverses::text AS reverses, kind, price_card_id::text AS card,
					service_tier AS tier, amount_nanos AS amount, coalesce(input_count, 0) AS input,
					coalesce(cache_read_count, 0) AS cached, coalesce(output_count, 0) AS output,
					coalesce(reasoning_count, 0) AS reasoning, coalesce(other_counts, '{}')::text AS others
				FROM exchequer.ledger_line WHERE account = 'usage' ORDER BY posted_at, request_id, kind""")
			.query(Line.class)
			.list();
	}

	private static void report(HttpExchange exchange) throws IOException {
		try (exchange) {
			boolean stream = JSON.readTree(exchange.getRequestBody().readAllBytes()).path("stream").asBoolean();
			Report report = next;
			byte[] body = (stream ? report.streamed() : report.answer()).getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", stream ? "text/event-stream" : "application/json");
			exchange.sendResponseHeaders(200, body.length);
			OutputStream out = exchange.getResponseBody();
			out.write(body);
		}
	}

	/**
	 * What a provider reports.
	 *
	 * @param tier the service tier its response names, or null
	 * @param prompt tokens read, those from its cache included
	 * @param cached tokens from its cache
	 * @param completion tokens written, those of its reasoning included
	 * @param reasoning tokens of its reasoning
	 */
	private record Report(String tier, long prompt, long cached, long completion, long reasoning) {

		private Map<String, Object> with(String object, Object choice, boolean usage) {
			Map<String, Object> body = new LinkedHashMap<>(
					Map.of("id", "c1", "object", object, "model", "m", "choices", List.of(choice)));
			if (this.tier != null) {
				body.put("service_tier", this.tier);
			}
			if (usage) {
				body.put("usage",
						Map.of("prompt_tokens", this.prompt, "completion_tokens", this.completion, "total_tokens",
								this.prompt + this.completion, "prompt_tokens_details",
								Map.of("cached_tokens", this.cached), "completion_tokens_details",
								Map.of("reasoning_tokens", this.reasoning)));
			}
			return body;
		}

		String answer() {
			return JSON.writeValueAsString(with("chat.completion", Map.of("index", 0, "message",
					Map.of("role", "assistant", "content", "fine"), "finish_reason", "stop"), true));
		}

		String streamed() {
			List<String> events = new ArrayList<>();
			events.add(JSON.writeValueAsString(with("chat.completion.chunk",
					Map.of("index", 0, "delta", Map.of("role", "assistant", "content", "fine")), false)));
			events.add(JSON.writeValueAsString(with("chat.completion.chunk",
					Map.of("index", 0, "delta", Map.of(), "finish_reason", "stop"), true)));
			events.add("[DONE]");
			return "data: " + String.join("\n\ndata: ", events) + "\n\n";
		}

	}

	/** A usage line. */
	private record Line(String tenant, String request, String hold, String transaction, String reverses, String kind,
			String card, String tier, long amount, long input, long cached, long output, long reasoning,
			String others) {
	}

}
