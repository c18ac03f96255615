package io.exchequer.admin;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import io.exchequer.admin.Platform.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** What can be called, over REST. */
class RegistryIT {

	private static Platform platform;

	@BeforeAll
	static void start() {
		platform = new Platform();
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	@Test
	void asksForTheSecretAgainBeforeAProviderMovesToAnotherServer() {
		create("providers", Map.of("name", "moving", "kind", "openai", "baseUrl", "https://one.example/v1", "secret",
				"sk-of-the-first"));
		Map<String, String> moved = Map.of("name", "moving", "kind", "openai", "baseUrl", "https://two.example/v1");
		Answer refused = platform.admin("PUT", "/admin/v1/providers/moving", moved);
		assertThat(refused.status()).isEqualTo(422);
		assertThat(refused.at("/errors/0/code")).isEqualTo("secret_required");
		Answer file = platform.yaml("/admin/v1/apply",
				"providers: [{name: moving, kind: openai, baseUrl: \"https://two.example/v1\"}]");
		assertThat(file.at("/errors/0/field")).isEqualTo("providers[0].secret");
		Answer before = platform.get("/admin/v1/providers/moving");
		assertThat(before.at("/baseUrl")).isEqualTo("https://one.example/v1");
		Answer after = platform.admin("PUT", "/admin/v1/providers/moving", Map.of("name", "moving", "kind", "openai",
				"baseUrl", "https://two.example/v1", "secret", "sk-of-the-first"));
		assertThat(after.status()).as(after.text()).isEqualTo(200);
		assertThat(after.at("/credential/id")).isNotEmpty().isNotEqualTo(before.at("/credential/id"));
		platform.admin("DELETE", "/admin/v1/providers/moving/credential", null);
		assertThat(platform
			.admin("PUT", "/admin/v1/providers/moving",
					Map.of("name", "moving", "kind", "openai", "baseUrl", "https://three.example/v1"))
			.status()).isEqualTo(200);
	}

	@Test
	void knowsTheAddressOfAVendorThatIsSpokenToByItsSdk() {
		Answer applied = platform.yaml("/admin/v1/apply",
				"providers: [{name: claude, kind: anthropic, secret: sk-ant-of-the-file}]");
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
		assertThat(platform.get("/admin/v1/providers/claude").at("/kind")).isEqualTo("anthropic");
		Answer refused = platform.admin("POST", "/admin/v1/providers",
				Map.of("name", "odd", "kind", "anthropic", "settings", Map.of("header.Content-Length", "1")));
		assertThat(refused.status()).as(refused.text()).isEqualTo(422);
	}

	@Test
	void refusesSettingsThatNoCallCouldBeMadeWith() {
		for (Map<String, String> settings : List.of(Map.of("keepAlive", "abc"), Map.of("header.X-Price", "5 \u20ac"),
				Map.of("header.Content-Length", "1"))) {
			Answer refused = platform.admin("POST", "/admin/v1/providers",
					Map.of("name", "odd", "kind", "openai", "baseUrl", "https://one.example", "settings", settings));
			assertThat(refused.status()).as(settings.toString()).isEqualTo(422);
			assertThat(refused.at("/errors/0/field")).isEqualTo("settings");
		}
		create("providers", Map.of("name", "simulator", "kind", "demo"));
		create("models", Map.of("name", "simulated", "capabilities", Map.of("contextWindow", 10, "maxOutput", 10)));
		Answer refused = platform.admin("POST", "/admin/v1/deployments",
				Map.of("name", "odd", "model", "simulated", "provider", "simulator", "dataClass", "public", "settings",
						Map.of("options", Map.of("tokensPerSecond", "fast"))));
		assertThat(refused.status()).isEqualTo(422);
		assertThat(refused.at("/errors/0/field")).isEqualTo("settings.options");
	}

	@Test
	void reachesEveryNameThatItTakes() {
		create("models",
				Map.of("name", "maker/model:1.5", "capabilities", Map.of("contextWindow", 10, "maxOutput", 10)));
		assertThat(platform.get("/admin/v1/models/maker/model:1.5").at("/name")).isEqualTo("maker/model:1.5");
		assertThat(platform.admin("POST", "/admin/v1/providers", Map.of("name", "a/b", "kind", "demo")).status())
			.isEqualTo(422);
		create("tenants", Map.of("name", "naming"));
		for (String name : List.of("Übersetzen? & co #1", "r-d.v2", "...")) {
			create("routing-policies?tenant=naming",
					Map.of("name", name, "task", name, "candidates", List.of(Map.of("name", "maker/model:1.5"))));
			String path = "/admin/v1/routing-policies/"
					+ URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
			assertThat(platform.get(path + "?tenant=naming").at("/policy/name")).isEqualTo(name);
			assertThat(platform.admin("DELETE", path + "?tenant=naming", null).status()).isEqualTo(204);
		}
	}

	@Test
	void deletesNothingThatATenantsPolicyOrBudgetNames() {
		create("providers", Map.of("name", "used", "kind", "demo"));
		create("models", Map.of("name", "used-model", "capabilities", Map.of("contextWindow", 10, "maxOutput", 10)));
		create("models", Map.of("name", "plain-model", "capabilities", Map.of("contextWindow", 10, "maxOutput", 10)));
		create("aliases", Map.of("name", "used-alias", "model", "plain-model"));
		for (String deployment : List.of("used-deployment", "last-resort")) {
			create("deployments",
					Map.of("name", deployment, "model", "plain-model", "provider", "used", "dataClass", "public"));
		}
		create("tenants", Map.of("name", "user"));
		create("budgets?tenant=user", Map.of("name", "of the model", "scope",
				Map.of("type", "model", "name", "used-model"), "window", "day", "currency", "USD", "hardLimit", "1"));
		create("routing-policies?tenant=user",
				Map.of("name", "naming", "task", "chat", "candidates",
						List.of(Map.of("name", "used-deployment"), Map.of("name", "used-alias"),
								Map.of("name", "used-model")),
						"fallback",
						Map.of("on", Map.of("timeout", Map.of("action", "fall-back", "to", "last-resort")))));
		for (String path : List.of("deployments/used-deployment", "deployments/last-resort", "aliases/used-alias",
				"models/used-model")) {
			Answer refused = platform.admin("DELETE", "/admin/v1/" + path, null);
			assertThat(refused.status()).as(path).isEqualTo(409);
			assertThat(refused.at("/code")).endsWith("_in_use");
			assertThat(refused.at("/detail")).as(path).contains("the routing policy user/naming");
		}
		platform.admin("DELETE", "/admin/v1/routing-policies/naming?tenant=user", null);
		assertThat(platform.admin("DELETE", "/admin/v1/models/used-model", null).at("/detail"))
			.contains("the budget user/of the model")
			.doesNotContain("naming");
		platform.admin("DELETE", "/admin/v1/budgets/" + platform.get("/admin/v1/budgets?tenant=user").at("/items/0/id"),
				null);
		for (String path : List.of("deployments/used-deployment", "deployments/last-resort", "aliases/used-alias",
				"models/used-model")) {
			assertThat(platform.admin("DELETE", "/admin/v1/" + path, null).status()).as(path).isEqualTo(204);
		}
	}

	private static void create(String resource, Map<String, ?> body) {
		Answer created = platform.admin("POST", "/admin/v1/" + resource, body);
		assertThat(created.status()).as(created.text()).isEqualTo(201);
	}

}
