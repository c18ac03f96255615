package io.exchequer.admin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import io.exchequer.admin.Platform.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

import static org.assertj.core.api.Assertions.assertThat;

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConfigurationFileIT {

	private static final String NEW_TENANT = """
			tenants:
			  - name: %s
			    teams:
			      - name: team
			        projects:
			          - name: project
			            keys:
			              - name: key
			                secret: a-given-secret-of-%1$s
			                allowedNames: ["*"]
			                allowedTasks: [chat]
			""";

	private static Platform platform;

	@BeforeAll
	static void start() {
		platform = new Platform();
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	private static String demoWorld() throws IOException {
		try (InputStream file = ConfigurationFileIT.class.getResourceAsStream("/demo-world.yaml")) {
			return new String(file.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

	@Test
	@Order(1)
	void saysWhatAFileWouldChangeAndChangesNothing() throws IOException {
		String audit = platform.get("/admin/v1/audit").text();
		Answer dry = platform.yaml("/admin/v1/apply?dryRun=true", demoWorld());
		assertThat(dry.status()).as(dry.text()).isEqualTo(200);
		assertThat(dry.at("/dryRun")).isEqualTo("true");
		assertThat(dry.json().at("/created").asInt()).isGreaterThan(10);
		assertThat(dry.text()).doesNotContain("exq_");
		assertThat(platform.get("/admin/v1/tenants").json().at("/items")).isEmpty();
		assertThat(platform.get("/admin/v1/models").json().at("/items")).isEmpty();
		assertThat(platform.get("/admin/v1/audit").text()).isEqualTo(audit);
	}

	@Test
	@Order(2)
	void appliesTheDemoWorldAndTellsTheNewKeysSecretOnce() throws IOException {
		Answer applied = platform.yaml("/admin/v1/apply", demoWorld());
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
		assertThat(applied.text()).contains("\"secret\":\"exq_");
		Answer again = platform.yaml("/admin/v1/apply", demoWorld());
		assertThat(again.status()).isEqualTo(200);
		assertThat(again.json().at("/created").asInt()).as(again.text()).isZero();
		assertThat(again.json().at("/updated").asInt()).as(again.text()).isZero();
		assertThat(again.json().at("/unchanged").asInt()).isEqualTo(applied.json().at("/created").asInt());
		assertThat(again.text()).doesNotContain("exq_");
	}

	@Test
	@Order(3)
	void exportsWhatChangesNothingWhenItIsApplied() {
		Answer json = platform.get("/admin/v1/export");
		assertThat(json.status()).as(json.text()).isEqualTo(200);
		Answer asJson = platform.admin("POST", "/admin/v1/apply", json.text());
		assertThat(asJson.status()).as(asJson.text()).isEqualTo(200);
		assertThat(asJson.json().at("/created").asInt() + asJson.json().at("/updated").asInt()).as(asJson.text())
			.isZero();
		Answer yaml = platform.send((request) -> request.header("Authorization", "Bearer " + Platform.ADMIN)
			.header("Accept", "application/yaml"), "GET", "/admin/v1/export", "", null);
		assertThat(yaml.text()).startsWith("providers:");
		Answer asYaml = platform.yaml("/admin/v1/apply", yaml.text());
		assertThat(asYaml.json().at("/created").asInt() + asYaml.json().at("/updated").asInt()).as(asYaml.text())
			.isZero();
	}

	@Test
	void appliesTheExampleOfTheDocumentation() throws IOException {
		Answer applied = platform.yaml("/admin/v1/apply",
				Files.readString(Path.of("..", "docs", "apply-example.yaml")));
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
		assertThat(platform.get("/admin/v1/export").text()).doesNotContain("replace-with-your-key")
			.contains("\"continueStreams\":true", "\"assistantPrefill\":\"continue-final-message\"");
		assertThat(platform.get("/admin/v1/audit?limit=500").text()).doesNotContain("replace-with-your-key");
	}

	@Test
	void appliesAllOfAFileOrNothing() {
		Answer refused = platform.yaml("/admin/v1/apply", NEW_TENANT.formatted("half") + """
				    budgets:
				      - name: month
				        window: fortnight
				        currency: USD
				        hardLimit: "10"
				""");
		assertThat(refused.status()).isEqualTo(422);
		assertThat(refused.at("/errors/0/field")).isEqualTo("tenants[0].budgets[0].window");
		assertThat(platform.get("/admin/v1/tenants/half").status()).isEqualTo(404);
		assertThat(platform.yaml("/admin/v1/apply", NEW_TENANT.formatted("half")).status()).isEqualTo(200);
	}

	@Test
	void namesThePlaceOfAnUnknownMember() {
		Answer refused = platform.yaml("/admin/v1/apply", """
				tenants:
				  - name: one
				  - name: two
				    teams:
				      - name: team
				        colour: green
				""");
		assertThat(refused.status()).isEqualTo(422);
		assertThat(refused.at("/errors/0/code")).isEqualTo("unknown_member");
		assertThat(refused.at("/errors/0/field")).isEqualTo("tenants[1].teams[0].colour");
	}

	@Test
	void refusesWhatIsNoConfigurationFile() {
		for (String bad : new String[] { "", "[]", "tenants: 7", "tenants: [{name: 5}]", "a: &a [*a]", "\t-",
				"tenants: [{name: one}]\ntenants: []", "tenants: [null]", "tenants: [{}]" }) {
			Answer refused = platform.yaml("/admin/v1/apply", bad);
			assertThat(refused.status()).as(bad + " → " + refused.text()).isIn(400, 422);
			assertThat(refused.at("/code")).isNotEmpty();
		}
	}

	@Test
	void readsNothingFromTheServersEnvironment() {
		assertThat(platform.yaml("/admin/v1/apply", """
				tenants:
				  - name: environment
				    displayName: ${PATH} ${ENV:PATH}
				""").status()).isEqualTo(200);
		assertThat(platform.get("/admin/v1/tenants/environment").at("/displayName")).isEqualTo("${PATH} ${ENV:PATH}");
	}

	@Test
	void doesNotBringARevokedKeyBack() {
		String file = NEW_TENANT.formatted("revoking");
		assertThat(platform.yaml("/admin/v1/apply", file).status()).isEqualTo(200);
		String id = platform.get("/admin/v1/keys?tenant=revoking").at("/items/0/id");
		assertThat(platform.admin("DELETE", "/admin/v1/keys/" + id, null).status()).isEqualTo(200);
		Answer refused = platform.yaml("/admin/v1/apply", file);
		assertThat(refused.status()).isEqualTo(409);
		assertThat(refused.at("/code")).isEqualTo("key_revoked");
	}

	@Test
	void isForPlatformAdministratorsAlone() {
		platform.yaml("/admin/v1/apply", NEW_TENANT.formatted("bound"));
		String token = platform
			.admin("POST", "/admin/v1/admin-tokens?tenant=bound", Map.of("name", "bound", "role", "tenant-admin"))
			.at("/secret");
		assertThat(platform.send("POST", "/admin/v1/apply", token, Map.of()).status()).isEqualTo(403);
		Answer own = platform.send("GET", "/admin/v1/export", token, null);
		assertThat(own.status()).isEqualTo(200);
		assertThat(own.json().at("/tenants")).hasSize(1);
		assertThat(own.at("/tenants/0/name")).isEqualTo("bound");
		assertThat(own.json().has("providers")).isFalse();
	}

}
