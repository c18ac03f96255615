package io.exchequer.admin;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import io.exchequer.admin.Platform.Answer;
import io.exchequer.configuration.ConfigurationSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** A request through the demo world, as its administrators see it afterwards. */
class CostsIT {

	private static Platform platform;

	private static String request;

	private static BigDecimal cost;

	@BeforeAll
	static void askOnce() throws IOException {
		platform = new Platform();
		String world;
		try (InputStream file = CostsIT.class.getResourceAsStream("/demo-world.yaml")) {
			world = new String(file.readAllBytes(), StandardCharsets.UTF_8);
		}
		Answer applied = platform.yaml("/admin/v1/apply", world);
		String key = applied.json().at("/changes").findValue("secret").asString();
		platform.bean(ConfigurationSource.class).refresh();
		Answer answer = platform.send("POST", "/v1/chat/completions", key,
				Map.of("model", "auto", "messages", List.of(Map.of("role", "user", "content", "Hello"))));
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		request = answer.response().headers().firstValue("X-Exchequer-Request-Id").orElseThrow();
		cost = new BigDecimal(answer.response().headers().firstValue("X-Exchequer-Cost").orElseThrow());
		platform.yaml("/admin/v1/apply", "tenants: [{name: other}]");
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	@Test
	void postsTheRequestToTheLedger() {
		Answer ledger = platform.get("/admin/v1/ledger?tenant=demo&request=" + request);
		assertThat(ledger.status()).as(ledger.text()).isEqualTo(200);
		assertThat(ledger.json().at("/items")).hasSize(1);
		assertThat(new BigDecimal(ledger.at("/items/0/amount"))).isEqualByComparingTo(cost);
		assertThat(ledger.at("/items/0/currency")).isEqualTo("USD");
		assertThat(ledger.at("/items/0/costCentre")).isEqualTo("CC-1000");
		assertThat(ledger.json().at("/items/0/usage/output").asLong()).isPositive();
	}

	@Test
	void sumsUsageByEachDimension() {
		for (String by : List.of("team", "project", "key", "model", "deployment", "provider", "task", "cost-centre",
				"tag", "day")) {
			Answer usage = platform.get("/admin/v1/usage?tenant=demo&by=" + by);
			assertThat(usage.status()).as(usage.text()).isEqualTo(200);
			assertThat(new BigDecimal(usage.at("/items/0/amount"))).as(by).isEqualByComparingTo(cost);
		}
		assertThat(platform.get("/admin/v1/usage?tenant=demo&by=colour").status()).isEqualTo(422);
	}

	@Test
	void takesTheCostFromTheBudget() {
		Answer budget = platform.get("/admin/v1/budgets?tenant=demo");
		assertThat(new BigDecimal(budget.at("/items/0/balance/settled"))).isEqualByComparingTo(cost);
		assertThat(budget.at("/items/0/balance/held")).isEqualTo("0");
		assertThat(new BigDecimal(budget.at("/items/0/balance/remaining")))
			.isEqualByComparingTo(new BigDecimal("100").subtract(cost));
	}

	@Test
	void explainsTheDecisionToItsOwnTenantOnly() {
		Answer decision = platform.get("/admin/v1/decisions/" + request);
		assertThat(decision.status()).as(decision.text()).isEqualTo(200);
		assertThat(decision.at("/requestId")).isEqualTo(request);
		assertThat(decision.at("/policy")).isEqualTo("chat");
		assertThat(decision.json().at("/candidates")).hasSizeGreaterThanOrEqualTo(2);
		String other = platform
			.admin("POST", "/admin/v1/admin-tokens?tenant=other", Map.of("name", "other", "role", "tenant-admin"))
			.at("/secret");
		assertThat(platform.send("GET", "/admin/v1/decisions/" + request, other, null).status()).isEqualTo(404);
		assertThat(platform.send("GET", "/admin/v1/ledger?request=" + request, other, null).json().at("/items"))
			.isEmpty();
	}

	@Test
	void explainsWhatWouldHappen() {
		Answer answer = platform.admin("POST", "/admin/v1/routing-policies/explain?tenant=demo",
				Map.of("key", "playground/first", "request",
						Map.of("model", "auto", "messages", List.of(Map.of("role", "user", "content", "Hello")))));
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		assertThat(answer.at("/policy")).isEqualTo("chat");
		assertThat(answer.at("/candidates/0/deployment")).isEqualTo("demo-chat-a");
		assertThat(answer.at("/candidates/0/rank")).isEqualTo("1");
	}

	@Test
	void explainsTheRequestAsItWasSent() {
		Answer twice = platform.admin("POST", "/admin/v1/routing-policies/explain?tenant=demo",
				"""
						{"request": {"model": "auto", "model": "demo-chat", "messages": [{"role": "user", "content": "x"}]}}""");
		assertThat(twice.status()).as(twice.text()).isEqualTo(422);
	}

	@Test
	void explainsThatAKeyMayNotBeUsedForATask() {
		Answer key = platform.admin("POST", "/admin/v1/keys?tenant=demo", """
				{"name": "narrow", "project": "playground", "allowedNames": ["*"], "allowedTasks": ["chat"]}""");
		assertThat(key.status()).as(key.text()).isEqualTo(201);
		Answer answer;
		do {
			answer = platform.admin("POST", "/admin/v1/routing-policies/explain?tenant=demo", """
					{"key": "playground/narrow", "task": "embedding", "endpoint": "embeddings",
					"request": {"model": "auto", "input": "x"}}""");
		}
		while (answer.status() == 404);
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		assertThat(answer.at("/error/code")).isEqualTo("task_not_allowed");
	}

	@Test
	void showsTheStateOfCircuitsBulkheadsAndRetries() {
		// One request made them: the circuit's is its deployment's.
		assertThat(platform.get("/actuator/prometheus").text().lines())
			.anyMatch((line) -> line.startsWith("resilience4j_circuitbreaker_state{")
					&& line.contains("deployment=\"demo-chat-a\"") && line.contains("state=\"closed\"")
					&& line.endsWith(" 1.0"))
			.anyMatch((line) -> line.startsWith("resilience4j_bulkhead_available_concurrent_calls{")
					&& line.contains("deployment=\"demo-chat-a\""))
			.anyMatch((line) -> line.startsWith("resilience4j_retry_calls")
					&& line.contains("deployment=\"demo-chat-a\""));
	}

	@Test
	void keepsVersionsOfAPolicyAndGoesBackToOne() {
		Answer policy = platform.get("/admin/v1/routing-policies/embedding?tenant=demo");
		assertThat(policy.json().at("/version").asInt()).isEqualTo(1);
		Answer changed = platform.admin("PUT", "/admin/v1/routing-policies/embedding?tenant=demo", """
				{"name": "embedding", "task": "embedding", "candidates": [{"name": "minilm-local"}]}""");
		assertThat(changed.status()).as(changed.text()).isEqualTo(200);
		assertThat(changed.json().at("/version").asInt()).isEqualTo(2);
		assertThat(platform.get("/admin/v1/routing-policies/embedding/versions?tenant=demo").json().at("/items"))
			.hasSize(2);
		Answer back = platform.admin("POST", "/admin/v1/routing-policies/embedding/rollback?tenant=demo",
				Map.of("version", 1));
		assertThat(back.at("/policy/candidates/0/name")).as(back.text()).isEqualTo("demo-embedding");
	}

	@Test
	void keepsTheRegistryByNameAndRefusesWhatIsInUse() {
		assertThat(platform.get("/admin/v1/models/demo-chat").at("/capabilities/tools")).isEqualTo("true");
		assertThat(platform.admin("DELETE", "/admin/v1/models/demo-chat", null).status()).isEqualTo(409);
		assertThat(platform.admin("POST", "/admin/v1/models", """
				{"name": "vendor/with-a-slash", "capabilities": {"contextWindow": 1000, "maxOutput": 100}}""").status())
			.isEqualTo(201);
		assertThat(platform.get("/admin/v1/models/vendor/with-a-slash").at("/name")).isEqualTo("vendor/with-a-slash");
		assertThat(platform.admin("DELETE", "/admin/v1/models/vendor/with-a-slash", null).status()).isEqualTo(204);
		Answer credential = platform.admin("PUT", "/admin/v1/providers/demo/credential",
				Map.of("secret", "a-provider-secret"));
		assertThat(credential.status()).as(credential.text()).isEqualTo(200);
		assertThat(platform.get("/admin/v1/providers/demo").text() + platform.get("/admin/v1/audit").text())
			.doesNotContain("a-provider-secret");
	}

}
