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
		assertThat(platform.admin("PUT", "/admin/v1/providers/moving",
				Map.of("name", "moving", "kind", "openai", "baseUrl", "https://three.example/v1"))
			.status()).isEqualTo(200);
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
		create("models", Map.of("name", "maker/model:1.5", "capabilities", Map.of("contextWindow", 10, "maxOutput", 10)));
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

	private static void create(String resource, Map<String, ?> body) {
		Answer created = platform.admin("POST", "/admin/v1/" + resource, body);
		assertThat(created.status()).as(created.text()).isEqualTo(201);
	}

	private static List<String> uses(Answer answer) {
		return List.of(answer.at("/detail"));
	}

}
