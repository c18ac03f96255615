package io.exchequer.admin;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

import io.exchequer.admin.Platform.Answer;
import io.exchequer.catalog.Catalog;
import io.exchequer.catalog.CatalogModel;
import io.exchequer.configuration.ConfigurationSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/** The catalogue over REST, and the way from it to a call that is paid for. */
class CatalogIT {

	private static Platform platform;

	@BeforeAll
	static void start() {
		platform = new Platform();
		for (String provider : List.of("vendor", "machine")) {
			made("providers", Map.of("name", provider, "kind", "demo"));
		}
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	@Test
	void tellsAnEntryWithTheSourceAndDateOfEachFigure() {
		Answer entry = platform.get("/admin/v1/catalog/gpt-4o-mini");
		assertThat(entry.status()).as(entry.text()).isEqualTo(200);
		assertThat(entry.at("/listPrice/tiers/0/prices/input")).isEqualTo("0.15");
		assertThat(entry.at("/listPrice/tiers/0/prices/output")).isEqualTo("0.6");
		assertThat(entry.at("/listPrice/currency")).isEqualTo("USD");
		assertThat(entry.at("/listPrice/sources/0/asOf")).isEqualTo("2026-08-06");
		assertThat(entry.at("/limits/window")).isEqualTo("128000");
		assertThat(entry.at("/limits/sources/0/url")).startsWith("https://");
		assertThat(entry.at("/lifecycle/successor")).isEqualTo("gpt-6-luna");
		assertThat(texts(entry.json().at("/abilities/can"))).contains("tools", "structured-output");
		assertThat(entry.json().has("memory")).isFalse();
		Answer local = platform.get("/admin/v1/catalog/tinyllama-1.1b");
		assertThat(local.at("/licence/spdx")).isEqualTo("Apache-2.0");
		assertThat(local.at("/memory/formula")).isEqualTo("parameters × bits per weight ÷ 8");
		assertThat(local.at("/memory/sizes/0/computed")).isEqualTo("true");
		assertThat(local.json().has("listPrice")).isFalse();
	}

	@Test
	void findsNoEntryThatIsNotThere() {
		Answer missing = platform.get("/admin/v1/catalog/gpt-0");
		assertThat(missing.status()).isEqualTo(404);
		assertThat(missing.at("/code")).isEqualTo("catalog_model_not_found");
		assertThat(register("gpt-0", Map.of()).status()).isEqualTo(404);
	}

	@Test
	void listsEveryEntryOnceInParts() {
		List<String> ids = new ArrayList<>();
		String cursor = "";
		do {
			Answer page = platform.get("/admin/v1/catalog?limit=25" + cursor);
			assertThat(page.status()).as(page.text()).isEqualTo(200);
			ids.addAll(ids(page));
			cursor = page.json().has("nextCursor") ? "&cursor=" + page.at("/nextCursor") : "";
		}
		while (!cursor.isEmpty());
		assertThat(ids).isEqualTo(platform.bean(Catalog.class).models().stream().map(CatalogModel::id).toList());
	}

	@Test
	void listsWhatIsAskedFor() {
		assertThat(ids(platform.get("/admin/v1/catalog?vendor=deepseek&capability=fill-in-the-middle&hosting=local")))
			.containsExactly("deepseek-coder-1.3b");
		assertThat(ids(platform.get("/admin/v1/catalog?lifecycle=retired&vendor=google"))).contains("lamda",
				"text-bison", "chat-bison");
		assertThat(ids(platform.get("/admin/v1/catalog?modality=embedding&vendor=openai")))
			.containsExactly("text-embedding-3-large", "text-embedding-3-small", "text-embedding-ada-002");
	}

	@Test
	void refusesFiltersThatMeanNothing() {
		for (String query : List.of("modality=smell", "capability=flying", "hosting=cloudy", "lifecycle=new", "limit=0",
				"cursor=gpt-0")) {
			Answer refused = platform.get("/admin/v1/catalog?" + query);
			assertThat(refused.status()).as(query).isEqualTo(422);
			assertThat(refused.at("/errors/0/field")).isEqualTo(query.substring(0, query.indexOf('=')));
		}
	}

	@Test
	void registersAModelOnce() {
		Answer first = register("tinyllama-1.1b", Map.of());
		assertThat(first.status()).as(first.text()).isEqualTo(201);
		assertThat(first.at("/model/name")).isEqualTo("tinyllama-1.1b");
		assertThat(first.at("/model/displayName")).isEqualTo("TinyLlama 1.1B");
		assertThat(first.at("/modelCreated")).isEqualTo("true");
		assertThat(first.json().has("deployment")).isFalse();
		Answer model = platform.get("/admin/v1/models/tinyllama-1.1b");
		assertThat(model.at("/capabilities/contextWindow")).isEqualTo("2048");
		assertThat(model.at("/capabilities/maxOutput")).isEqualTo("2048");
		assertThat(model.at("/lifecycle/stage")).isEqualTo("active");
		assertThat(audited("model", "tinyllama-1.1b")).isOne();
		Answer again = register("tinyllama-1.1b", Map.of());
		assertThat(again.status()).as(again.text()).isEqualTo(200);
		assertThat(again.at("/modelCreated")).isEqualTo("false");
		assertThat(again.at("/model/id")).isEqualTo(first.at("/model/id"));
		assertThat(audited("model", "tinyllama-1.1b")).isOne();
	}

	@Test
	void keepsAModelOfThatNameThatIsAnother() {
		made("models", Map.of("name", "phi-2", "capabilities", Map.of("contextWindow", 10, "maxOutput", 10)));
		Answer refused = register("phi-2", Map.of());
		assertThat(refused.status()).isEqualTo(409);
		assertThat(refused.at("/code")).isEqualTo("model_differs");
		assertThat(register("phi-2", Map.of("name", "phi-two")).status()).isEqualTo(201);
		assertThat(platform.get("/admin/v1/models/phi-2").at("/capabilities/contextWindow")).isEqualTo("10");
	}

	@Test
	void registersAModelThatIsCalledAndBilledAtItsListPrice() {
		Answer registered = register("gpt-6-luna",
				Map.of("deployment", Map.of("provider", "vendor", "dataClass", "internal")));
		assertThat(registered.status()).as(registered.text()).isEqualTo(201);
		assertThat(registered.at("/deployment/name")).isEqualTo("vendor/gpt-6-luna");
		assertThat(registered.at("/deployment/upstreamModel")).isEqualTo("gpt-6-luna");
		assertThat(registered.at("/priceCardCreated")).isEqualTo("true");
		assertThat(registered.at("/priceCard/source")).startsWith("https://developers.openai.com/");
		assertThat(registered.at("/priceCard/note")).startsWith("List price of gpt-6-luna as of 2026-11-24.");
		assertThat(audited("deployment", "vendor/gpt-6-luna")).isOne();
		assertThat(audited("price_card", "vendor/gpt-6-luna")).isOne();
		made("tenants", Map.of("name", "buyer"));
		made("teams?tenant=buyer", Map.of("name", "team"));
		made("projects?tenant=buyer", Map.of("name", "project", "team", "team"));
		String key = made("keys?tenant=buyer", Map.of("name", "key", "project", "project", "allowedNames",
				List.of("gpt-6-luna"), "allowedTasks", List.of("*")))
			.at("/secret");
		platform.bean(ConfigurationSource.class).refresh();
		Answer answer = platform.send("POST", "/v1/chat/completions", key,
				Map.of("model", "gpt-6-luna", "messages", List.of(Map.of("role", "user", "content", "Hello"))));
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		BigDecimal cost = new BigDecimal(answer.response().headers().firstValue("X-Exchequer-Cost").orElseThrow());
		// 0.10 and 0.50 dollars for a million tokens of input and output.
		BigDecimal owed = new BigDecimal(answer.at("/usage/prompt_tokens")).multiply(new BigDecimal("0.10"))
			.add(new BigDecimal(answer.at("/usage/completion_tokens")).multiply(new BigDecimal("0.50")))
			.movePointLeft(6);
		assertThat(cost).isPositive().isEqualByComparingTo(owed);
	}

	@Test
	void leavesADeploymentAndItsPricesAlone() {
		Map<String, Object> body = Map.of("name", "luna", "deployment",
				Map.of("name", "luna-here", "provider", "vendor", "dataClass", "internal"));
		assertThat(register("gpt-6-luna", body).status()).isEqualTo(201);
		made("price-cards", Map.of("deployment", "luna-here", "currency", "USD", "tiers",
				List.of(Map.of("prices", Map.of("input", "0.08", "output", "0.40")))));
		Answer again = register("gpt-6-luna", body);
		assertThat(again.status()).as(again.text()).isEqualTo(200);
		assertThat(again.at("/deploymentCreated")).isEqualTo("false");
		assertThat(again.at("/priceCardCreated")).isEqualTo("false");
		assertThat(again.at("/priceCard/tiers/0/prices/input")).isEqualTo("0.08");
		Answer other = register("gpt-6-luna", Map.of("name", "luna", "deployment",
				Map.of("name", "luna-here", "provider", "machine", "dataClass", "internal")));
		assertThat(other.status()).isEqualTo(409);
		assertThat(other.at("/code")).isEqualTo("deployment_differs");
	}

	@Test
	void asksWhetherAModelThatIsHostedAndLocalIsPaidFor() {
		Map<String, Object> deployment = new HashMap<>(Map.of("provider", "machine", "dataClass", "restricted"));
		Answer unclear = register("deepseek-r1", Map.of("deployment", deployment));
		assertThat(unclear.status()).isEqualTo(422);
		assertThat(unclear.at("/errors/0/code")).isEqualTo("list_price_unclear");
		deployment.put("listPrice", false);
		Answer free = register("deepseek-r1", Map.of("deployment", deployment));
		assertThat(free.status()).as(free.text()).isEqualTo(201);
		assertThat(free.json().has("priceCard")).isFalse();
	}

	@Test
	void pricesAnEmbeddingsModelWithoutOutput() {
		Answer embeddings = register("text-embedding-3-small",
				Map.of("deployment", Map.of("provider", "vendor", "dataClass", "internal")));
		assertThat(embeddings.status()).as(embeddings.text()).isEqualTo(201);
		assertThat(embeddings.at("/priceCard/tiers/0/prices/output")).isEqualTo("0");
		assertThat(embeddings.at("/model/capabilities/maxOutput")).isEqualTo("1");
	}

	@Test
	void refusesWhatTheCatalogueDoesNotKnow() {
		Answer window = register("trelis-tiny", Map.of());
		assertThat(window.at("/errors/0/code")).isEqualTo("figure_unknown");
		assertThat(window.at("/errors/0/field")).isEqualTo("contextWindow");
		assertThat(register("trelis-tiny", Map.of("contextWindow", 16384)).status()).isEqualTo(201);
		Answer price = register("phi-4",
				Map.of("deployment", Map.of("provider", "machine", "dataClass", "internal", "listPrice", true)));
		assertThat(price.at("/errors/0/code")).isEqualTo("no_list_price");
	}

	@Test
	void registersARetiredModelOnlyWhereThatIsMeant() {
		Answer refused = register("davinci-002", Map.of());
		assertThat(refused.status()).isEqualTo(422);
		assertThat(refused.at("/errors/0/code")).isEqualTo("model_retired");
		assertThat(refused.at("/errors/0/message")).contains("gpt-6-luna");
		Answer meant = register("davinci-002", Map.of("allowRetired", true));
		assertThat(meant.status()).as(meant.text()).isEqualTo(201);
		assertThat(meant.at("/model/lifecycle/stage")).isEqualTo("retired");
		assertThat(meant.at("/model/lifecycle/successor")).isEqualTo("gpt-6-luna");
		Answer revived = register("davinci-002",
				Map.of("name", "davinci-elsewhere", "allowRetired", true, "lifecycle", Map.of("stage", "active")));
		assertThat(revived.at("/model/lifecycle/stage")).isEqualTo("active");
	}

	@Test
	void registersNothingWhereTheDeploymentCannotBe() {
		Answer refused = register("phi-3-mini-4k",
				Map.of("deployment", Map.of("provider", "nobody", "dataClass", "internal")));
		assertThat(refused.status()).as(refused.text()).isEqualTo(422);
		assertThat(refused.at("/errors/0/field")).isEqualTo("deployment.provider");
		assertThat(platform.get("/admin/v1/models/phi-3-mini-4k").status()).isEqualTo(404);
		assertThat(audited("model", "phi-3-mini-4k")).isZero();
	}

	@Test
	void letsEveryRoleReadAndPlatformAdministratorsAloneRegister() {
		made("tenants", Map.of("name", "reader"));
		String auditor = made("admin-tokens?tenant=reader", Map.of("name", "reading", "role", "auditor")).at("/secret");
		assertThat(platform.send("GET", "/admin/v1/catalog/phi-4", auditor, null).status()).isEqualTo(200);
		assertThat(platform.send("GET", "/admin/v1/catalog", auditor, null).status()).isEqualTo(200);
		assertThat(platform.send("GET", "/admin/v1/catalog", null, null).status()).isEqualTo(401);
		String administrator = made("admin-tokens?tenant=reader", Map.of("name", "own", "role", "tenant-admin"))
			.at("/secret");
		assertThat(platform.send("POST", "/admin/v1/catalog/phi-4/register", administrator, Map.of()).status())
			.isEqualTo(403);
	}

	@Test
	void appliesModelsFromTheCatalogue() {
		String file = "models: [{name: small, catalog: smollm-135m}]";
		Answer applied = platform.yaml("/admin/v1/apply", file);
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
		Answer model = platform.get("/admin/v1/models/small");
		assertThat(model.at("/displayName")).isEqualTo("SmolLM 135M");
		assertThat(model.at("/capabilities/contextWindow")).isEqualTo("2048");
		assertThat(audited("model", "small")).isOne();
		platform.yaml("/admin/v1/apply", file);
		assertThat(audited("model", "small")).isOne();
	}

	@Test
	void saysWhatIsWrongWithAFileThatNamesTheCatalogue() {
		Map<String, String> wrong = Map.of("{name: a, catalog: gpt-0}", "unknown_catalog_model",
				"{name: a, catalog: trelis-tiny}", "figure_unknown", "{name: a}", "missing_capabilities",
				"{name: a, catalog: phi-4, capabilities: {contextWindow: 1, maxOutput: 1}}", "two_capabilities",
				"{name: a, catalog: lamda}", "figure_unknown", "{name: a, catalog: davinci-002}", "model_retired");
		wrong.forEach((entry, code) -> {
			Answer refused = platform.yaml("/admin/v1/apply", "models: [" + entry + "]");
			assertThat(refused.status()).as(entry).isEqualTo(422);
			assertThat(refused.at("/errors/0/code")).as(entry).isEqualTo(code);
			assertThat(refused.at("/errors/0/field")).startsWith("models[0].");
		});
	}

	@Test
	void keepsApplyingAFileWhoseModelIsRetiredMeanwhile() {
		String retired = "models: [{name: old, catalog: davinci-002, lifecycle: {stage: active}}]";
		assertThat(platform.yaml("/admin/v1/apply", retired).status()).isEqualTo(200);
		Answer again = platform.yaml("/admin/v1/apply", "models: [{name: old, catalog: davinci-002}]");
		assertThat(again.status()).as(again.text()).isEqualTo(200);
		assertThat(platform.get("/admin/v1/models/old").at("/lifecycle/stage")).isEqualTo("active");
	}

	@Test
	void takesEveryEntryThatIsComplete() {
		for (CatalogModel entry : platform.bean(Catalog.class).models()) {
			Map<String, Object> body = new HashMap<>(
					Map.of("name", "all/" + entry.id(), "allowRetired", true, "contextWindow", 2_000_000));
			if (entry.listPrice() != null && entry.listPrice().validUntil() == null) {
				body.put("deployment", Map.of("provider", "vendor", "dataClass", "public", "listPrice", true));
			}
			Answer registered = register(entry.id(), body);
			assertThat(registered.status()).as(entry.id() + ": " + registered.text()).isEqualTo(201);
			assertThat(registered.json().has("priceCard")).as(entry.id()).isEqualTo(body.containsKey("deployment"));
		}
	}

	private static Answer register(String id, Map<String, Object> body) {
		return platform.admin("POST", "/admin/v1/catalog/" + id + "/register", body);
	}

	private static Answer made(String path, Map<String, Object> body) {
		Answer answer = platform.admin("POST", "/admin/v1/" + path, body);
		assertThat(answer.status()).as(answer.text()).isEqualTo(201);
		return answer;
	}

	private static long audited(String resource, String name) {
		return StreamSupport
			.stream(platform.get("/admin/v1/audit?limit=500&resource=" + resource).json().at("/items").spliterator(),
					false)
			.filter((event) -> event.at("/resourceName").asString().equals(name))
			.count();
	}

	private static List<String> ids(Answer page) {
		return StreamSupport.stream(page.json().at("/items").spliterator(), false)
			.map((item) -> item.at("/id").asString())
			.toList();
	}

	private static List<String> texts(JsonNode array) {
		return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asString).toList();
	}

}
