package io.exchequer.admin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
	void refusesAnchorsAndAliasesInsteadOfMisreadingThem() {
		for (String file : new String[] { "tenants:\n  - name: &name anchored\n    displayName: *name\n",
				"tenants:\n  - &base {name: anchored}\n", "tenants:\n  - {<<: *base, name: anchored}\n",
				"providers: &list []\ntenants: [{name: anchored}]" }) {
			Answer refused = platform.yaml("/admin/v1/apply", file);
			assertThat(refused.status()).as(file).isEqualTo(422);
			assertThat(refused.at("/errors/0/code")).as(file).isEqualTo("yaml_anchor");
			assertThat(refused.at("/errors/0/message")).contains("line ");
		}
		assertThat(platform.get("/admin/v1/tenants/anchored").status()).isEqualTo(404);
		Answer taken = platform.yaml("/admin/v1/apply",
				"tenants:\n  - {name: starred, displayName: \"*name & sons\", teams: [{name: r-and-d}]}");
		assertThat(taken.status()).as(taken.text()).isEqualTo(200);
		assertThat(platform.get("/admin/v1/tenants/starred").at("/displayName")).isEqualTo("*name & sons");
	}

	@Test
	void writesEveryTextSoThatYamlReadsItAsThatText() {
		List<String> texts = List.of("12E45", "1e3", ".inf", "-.INF", ".nan", "0x1F", "0o17", "0b11", "1_000", "017",
				"1:30", "+1", "-", "?", "~", "null", "Null", "NULL", "true", "True", "yes", "No", "on", "Off", "y",
				"2026-01-01", "2026-01-01T00:00:00Z", "!tag", "&a", "*a", "%", "@at", "`tick", "{}", "[]", "# none",
				"a # b", "a: b", "a:", ": a", "- a", "'", "\"", "\\", "<<", "=", "---", "...", "a,b", "Ä", "日本",
				"\uD83D\uDE00", " x", "x ", "e3", "E");
		for (int i = 0; i < texts.size(); i++) {
			Answer created = platform.admin("POST", "/admin/v1/tenants",
					Map.of("name", "text" + i, "displayName", texts.get(i)));
			assertThat(created.status()).as(created.text()).isEqualTo(201);
			Answer team = platform.admin("POST", "/admin/v1/teams?tenant=text" + i,
					Map.of("name", "1e3", "costCentre", texts.get(i)));
			assertThat(team.status()).as(team.text()).isEqualTo(201);
		}
		Answer yaml = platform.send((request) -> request.header("Authorization", "Bearer " + Platform.ADMIN)
			.header("Accept", "application/yaml"), "GET", "/admin/v1/export", "", null);
		Answer again = platform.yaml("/admin/v1/apply", yaml.text());
		assertThat(again.status()).as(again.text()).isEqualTo(200);
		assertThat(again.json().at("/created").asInt() + again.json().at("/updated").asInt()).as(again.text()).isZero();
	}

	@Test
	void readsYamlUpToTheStatedSizeAndNoLarger() {
		String file = ("#" + "x".repeat(1022) + "\n").repeat(8 * 1024 - 1) + "tenants: [{name: padded}]\n";
		assertThat(file.length()).isBetween(8_380_000, 8 * 1024 * 1024);
		Answer answer = platform.yaml("/admin/v1/apply", file);
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		Answer larger = platform.yaml("/admin/v1/apply", file + "#" + "x".repeat(4096));
		assertThat(larger.at("/errors/0/code")).isEqualTo("too_large");
	}

	@Test
	void refusesAFileThatSaysTheSameTwice() {
		Answer refused = platform.yaml("/admin/v1/apply",
				"""
						providers: [{name: p, kind: demo}, {name: q, kind: demo}, {name: p, kind: demo}]
						models:
						  - {name: m, capabilities: {contextWindow: 10, maxOutput: 10}}
						  - {name: m, capabilities: {contextWindow: 20, maxOutput: 10}}
						aliases: [{name: a, model: m}, {name: a, model: m}]
						deployments:
						  - {name: d, model: m, provider: p, dataClass: public}
						  - {name: d, model: m, provider: q, dataClass: public}
						priceCards:
						  - {deployment: d, currency: USD, tiers: [{prices: {input: "1", output: "1"}}]}
						  - {deployment: d, effectiveFrom: 2026-01-01T00:00:00Z, currency: USD, tiers: [{prices: {input: "1", output: "1"}}]}
						  - {deployment: d, currency: USD, tiers: [{prices: {input: "2", output: "1"}}]}
						  - {deployment: d, effectiveFrom: 2026-01-01T00:00:00.000Z, currency: USD, tiers: [{prices: {input: "3", output: "1"}}]}
						tenants:
						  - name: twice
						    teams:
						      - name: one
						        projects: [{name: project, keys: [{name: key}, {name: key}]}]
						      - name: two
						        projects: [{name: project, keys: [{name: key}]}]
						      - name: one
						    budgets:
						      - {name: b, window: day, currency: USD, hardLimit: "1"}
						      - {name: b, window: day, currency: USD, hardLimit: "2"}
						    routingPolicies:
						      - {name: r, task: chat, candidates: [{name: m}]}
						      - {name: r, task: chat, candidates: [{name: a}]}
						  - name: twice
						""");
		assertThat(refused.status()).isEqualTo(422);
		List<String> fields = new ArrayList<>();
		refused.json().at("/errors").forEach((error) -> {
			assertThat(error.at("/code").asString()).isEqualTo("repeated");
			fields.add(error.at("/field").asString());
		});
		assertThat(fields).containsExactly("providers[2].name", "models[1].name", "aliases[1].name",
				"deployments[1].name", "priceCards[2].effectiveFrom", "priceCards[3].effectiveFrom", "tenants[1].name",
				"tenants[0].teams[2].name", "tenants[0].budgets[1].name", "tenants[0].routingPolicies[1].name",
				"tenants[0].teams[0].projects[0].keys[1].name", "tenants[0].teams[1].projects[0].name");
		assertThat(refused.at("/errors/0/message")).isEqualTo("must not say the same as providers[0]");
		assertThat(platform.get("/admin/v1/tenants/twice").status()).isEqualTo(404);
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
