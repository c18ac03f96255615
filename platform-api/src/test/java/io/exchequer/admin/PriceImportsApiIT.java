package io.exchequer.admin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import io.exchequer.admin.Platform.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Importing price lists as an administrator does it, from the list to what a request
 * costs.
 */
class PriceImportsApiIT {

	private static final Path COMMUNITY_LIST = Path.of("..", "..", "shared", "prices",
			"model_prices_and_context_window.json");

	private static final String LIST = """
			{"gpt-x": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": %s,
				"output_cost_per_token": 3e-05, "input_cost_per_token_flex": 0.0002833333333333333e-3,
				"supports_vision": true}, "odd": 7}""";

	private static Platform platform;

	@BeforeAll
	static void start() {
		platform = new Platform();
		Answer applied = platform.yaml("/admin/v1/apply", """
				providers:
				  - {name: vendor, kind: openai, baseUrl: "https://api.openai.com/v1", secret: sk-vendor}
				models:
				  - {name: m, capabilities: {contextWindow: 100000, maxOutput: 1024}}
				deployments:
				  - {name: d, model: m, provider: vendor, upstreamModel: gpt-x, dataClass: internal}
				  - {name: e, model: m, provider: vendor, upstreamModel: gpt-y, dataClass: internal}
				priceCards:
				  - {deployment: d, currency: USD, tiers: [{prices: {input: "4", output: "30"}}]}
				""");
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	@Test
	void proposesComparesApprovesAndLeavesATrace() {
		Answer made = platform.admin("POST", "/admin/v1/price-imports?source=the%20list", LIST.formatted("5e-06"));
		assertThat(made.status()).as(made.text()).isEqualTo(201);
		assertThat(made.json().at("/entries").toString())
			.isEqualTo("{\"priced\":1,\"unpriced\":0,\"partly\":0,\"refused\":1}");
		assertThat(made.json().at("/deployments").toString()).isEqualTo("[{\"deployment\":\"d\",\"result\":"
				+ "\"proposed\",\"entries\":[\"gpt-x\"]},{\"deployment\":\"e\",\"result\":\"unmatched\",\"entries\":[]}]");
		String path = "/admin/v1/price-imports/" + made.at("/id");
		JsonNode proposal = platform.get(path).json().at("/items/0");
		assertThat(proposal.at("/changes").toString()).isEqualTo(
				"[{\"serviceTier\":\"default\",\"inputTokensOver\":0,\"bucket\":\"input\",\"before\":\"4\",\"after\":\"5\",\"relativeChange\":\"0.25\"},"
						+ "{\"serviceTier\":\"default\",\"inputTokensOver\":0,\"bucket\":\"output\",\"before\":\"30\",\"after\":\"30\",\"relativeChange\":\"0\"},"
						+ "{\"serviceTier\":\"flex\",\"inputTokensOver\":0,\"bucket\":\"input\",\"after\":\"0.2833333333333333\"}]");
		assertThat(platform.get(path + "/entries?outcome=refused").at("/items/0/reasons/0/code"))
			.isEqualTo("not_an_object");
		assertThat(platform.admin("POST", "/admin/v1/price-imports", LIST.formatted("0.000005"))
			.json()
			.at("/deployments/0/result")
			.asString()).isEqualTo("proposed-before");
		assertThat(platform.admin("POST", path + "/approve", Map.of()).at("/errors/0/code")).isEqualTo("choose_one");
		assertThat(
				platform.admin("POST", path + "/approve", Map.of("all", true, "effectiveFrom", "2020-01-01T00:00:00Z"))
					.at("/errors/0/code"))
			.isEqualTo("in_the_past");
		Answer approved = platform.admin("POST", path + "/approve",
				Map.of("proposals", List.of(proposal.at("/id").asString())));
		assertThat(approved.status()).as(approved.text()).isEqualTo(200);
		assertThat(approved.at("/items/0/version")).isEqualTo("2");
		assertThat(platform.get("/admin/v1/price-cards?deployment=d").at("/items/0/source")).isEqualTo("the list");
		assertThat(platform.admin("POST", path + "/reject", Map.of("proposals", List.of(proposal.at("/id").asString())))
			.status()).isEqualTo(409);
		assertThat(platform.get("/admin/v1/audit?resource=price_import").json().at("/items"))
			.extracting((event) -> event.at("/action").asString())
			.contains("create", "approve");
		assertThat(platform.get("/admin/v1/audit?resource=price_card").json().at("/items/0/after/card/version").asInt())
			.isEqualTo(2);
		Answer exported = platform.get("/admin/v1/export");
		assertThat(exported.text()).contains("0.2833333333333333");
		Answer again = platform.admin("POST", "/admin/v1/apply?dryRun=true",
				"{\"priceCards\": " + exported.json().at("/priceCards") + "}");
		assertThat(again.status()).as(again.text()).isEqualTo(200);
		Answer check = platform.admin("POST", "/admin/v1/price-imports?crossCheckOf=" + made.at("/id"),
				LIST.formatted("6e-06"));
		assertThat(check.at("/differences")).isEqualTo("1");
		assertThat(platform.get("/admin/v1/price-imports/" + check.at("/id") + "/differences")
			.json()
			.at("/items")
			.toString())
			.isEqualTo("[{\"number\":0,\"entry\":\"gpt-x\",\"field\":\"default>0:INPUT\",\"earlier\":\"5\","
					+ "\"later\":\"6\"}]");
	}

	@Test
	void importsTheCommunityListOverHttp() throws IOException {
		assumeThat(Files.exists(COMMUNITY_LIST))
			.as("the community price list is not at %s: nothing to import", COMMUNITY_LIST.toAbsolutePath())
			.isTrue();
		Answer made = platform.admin("POST", "/admin/v1/price-imports?source=community",
				Files.readString(COMMUNITY_LIST));
		assertThat(made.status()).as(made.text()).isEqualTo(201);
		assertThat(made.json().at("/entries/priced").asInt()).isEqualTo(2872);
		String entries = "/admin/v1/price-imports/" + made.at("/id") + "/entries?limit=500";
		int seen = 0;
		String cursor = "";
		do {
			JsonNode page = platform.get(entries + cursor).json();
			seen += page.at("/items").size();
			cursor = page.has("nextCursor") ? "&cursor=" + page.at("/nextCursor").asString() : "";
		}
		while (!cursor.isEmpty());
		assertThat(seen).isEqualTo(2986);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			?source=%20 | {} | invalid_source
			?map=d | {} | invalid_mapping
			?map=d=x | {} | unknown_entry
			?map=d=x&map=d=y | {} | repeated
			?map=nobody=gpt | {"gpt": {}} | unknown_deployment
			 | {"m": {"input_cost_per_token": NaN}} | unreadable
			 | {"m": {"input_cost_per_token": 1} | unreadable
			 | [] | unreadable
			""")
	void refusesListsThatCannotBeTaken(String query, String body, String code) {
		long before = imports();
		Answer refused = platform.admin("POST", "/admin/v1/price-imports" + ((query != null) ? query : ""), body);
		assertThat(refused.status()).as(refused.text()).isEqualTo(422);
		assertThat(refused.at("/errors/0/code")).isEqualTo(code);
		assertThat(refused.response().headers().firstValue("Content-Type")).hasValue("application/problem+json");
		assertThat(imports()).isEqualTo(before);
	}

	@Test
	void answersWhoSendsFarTooMuch() {
		long before = imports();
		byte[] spaces = new byte[1024 * 1024];
		Arrays.fill(spaces, (byte) ' ');
		String start = "{\"a\": 1, ";
		String fifty = start + new String(spaces, StandardCharsets.US_ASCII).repeat(50);
		Answer refused = platform.admin("POST", "/admin/v1/price-imports", fifty);
		assertThat(refused.status()).as(refused.text()).isEqualTo(422);
		assertThat(refused.at("/errors/0/code")).isEqualTo("too_large");
		assertThat(platform.admin("POST", "/admin/v1/price-imports", "{\"a\":" + "[".repeat(5_000_000))
			.at("/errors/0/code")).isEqualTo("unreadable");
		assertThat(imports()).isEqualTo(before);
	}

	@Test
	void answersThatThereIsNoSuchImport() {
		String path = "/admin/v1/price-imports/01900000-0000-7000-8000-000000000000";
		for (String each : List.of("", "/entries", "/differences")) {
			assertThat(platform.get(path + each).at("/code")).isEqualTo("price_import_not_found");
		}
		for (String each : List.of("/approve", "/reject")) {
			assertThat(platform.admin("POST", path + each, Map.of("all", true)).status()).isEqualTo(404);
		}
		assertThat(platform.admin("POST", "/admin/v1/price-imports?crossCheckOf=" + path.substring(24), "{}").status())
			.isEqualTo(404);
		assertThat(platform.get("/admin/v1/price-imports?cursor=x").status()).isEqualTo(422);
		assertThat(platform.get(path + "/entries?cursor=x").status()).isEqualTo(422);
		assertThat(platform.get(path + "/entries?outcome=x").at("/errors/0/code")).isEqualTo("unknown_outcome");
	}

	private static long imports() {
		return JdbcClient.create(platform.database().owner())
			.sql("SELECT count(*) FROM exchequer.price_import")
			.query(Long.class)
			.single();
	}

}
