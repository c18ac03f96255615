package io.exchequer.configuration;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;

import javax.sql.DataSource;

import io.exchequer.ExchequerApplication;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.kernel.SnapshotLoader;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentQuarantine;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.routing.PolicySnapshot;
import io.exchequer.tenancy.IdentitySnapshot;
import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ResolvableType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each kind of change that is made at one replica, as the other one meets it: both are
 * whole, and the tables, their triggers and the announcements are the real ones.
 */
class ReplicasIT {

	private static final String ADMIN = "the-administrator-of-two-replicas";

	private static final Duration PROMISED = Duration.ofSeconds(1);

	private static final String WORLD = """
			providers: [{name: simulator, kind: demo}]
			models:
			  - {name: m, capabilities: {input: [text], output: [text], contextWindow: 8192, maxOutput: 1024}}
			deployments:
			  - {name: a, model: m, provider: simulator, dataClass: confidential, settings: {options: {pace: none}}}
			  - {name: b, model: m, provider: simulator, dataClass: confidential, settings: {options: {pace: none}}}
			priceCards:
			  - {deployment: a, currency: USD, tiers: [{prices: {input: "1", output: "2"}}]}
			  - {deployment: b, currency: USD, tiers: [{prices: {input: "1", output: "2"}}]}
			tenants:
			  - name: acme
			    teams:
			      - name: one
			        projects:
			          - name: only
			            keys:
			              - {name: kept, secret: exq_the-key-that-is-kept, allowedNames: ["*"], allowedTasks: ["*"]}
			              - {name: lost, secret: exq_the-key-that-is-revoked, allowedNames: ["*"], allowedTasks: ["*"]}
			    routingPolicies:
			      - {name: chat, task: chat, candidates: [{name: a}]}
			""";

	private static TestDatabase database;

	private static Replica one;

	private static Replica other;

	/** A replica that would not look for hours unless it were told to. */
	private static ConfigurationHolder told;

	private static ConfigurationWatch listening;

	@BeforeAll
	static void start() throws IOException {
		database = TestDatabase.empty();
		String masterKeys = MasterKeys.generateEntry("test");
		one = new Replica(database, masterKeys);
		other = new Replica(database, masterKeys);
		ConfigurableApplicationContext context = other.context();
		told = new ConfigurationHolder(context.getBean("gatewayDataSource", DataSource.class),
				new ConfigurationLoader(loader(RegistrySnapshot.class), loader(BudgetSnapshot.class),
						loader(PolicySnapshot.class), loader(IdentitySnapshot.class)),
				Duration.ofHours(2), System::nanoTime);
		listening = new ConfigurationWatch(told, context.getBean("unpooledDataSource", DataSource.class),
				Duration.ofHours(1));
		listening.start();
		assertThat(one.admin("POST", "/admin/v1/apply", "application/yaml", WORLD).statusCode()).isEqualTo(200);
		awaitAtTheOther(() -> other.deployment("exq_the-key-that-is-kept").equals("a"));
	}

	@AfterAll
	static void stop() {
		listening.close();
		other.context().close();
		one.context().close();
		database.close();
	}

	private static <T> SnapshotLoader<T> loader(Class<T> part) {
		return other.context()
			.<SnapshotLoader<T>>getBeanProvider(ResolvableType.forClassWithGenerics(SnapshotLoader.class, part))
			.getObject();
	}

	private static void awaitAtTheOther(Callable<Boolean> arrived) {
		Awaitility.await().atMost(PROMISED).pollInterval(Duration.ofMillis(5)).until(arrived);
		long version = one.context().getBean(ConfigurationSource.class).refresh().version();
		Awaitility.await().until(() -> told.version() >= version);
	}

	@Test
	void revokesAKeyEverywhereWithinASecond() throws IOException {
		assertThat(other.ask("exq_the-key-that-is-revoked").statusCode()).isEqualTo(200);
		String key = "";
		for (JsonNode each : one.get("/admin/v1/keys?tenant=acme").at("/items")) {
			key = each.at("/name").asString().equals("lost") ? each.at("/id").asString() : key;
		}
		assertThat(one.admin("DELETE", "/admin/v1/keys/" + key, "application/json", "").statusCode()).isEqualTo(200);
		awaitAtTheOther(() -> other.ask("exq_the-key-that-is-revoked").statusCode() == 401);
	}

	@Test
	void followsAPolicyAndAQuarantineEverywhereWithinASecond() throws IOException {
		HttpResponse<String> changed = one.admin("PUT", "/admin/v1/routing-policies/chat?tenant=acme",
				"application/json",
				"{\"name\": \"chat\", \"task\": \"chat\", \"candidates\": [{\"name\": \"b\"}, {\"name\": \"a\"}]}");
		assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
		awaitAtTheOther(() -> other.deployment("exq_the-key-that-is-kept").equals("b"));
		Deployment b = one.context()
			.getBean(ConfigurationSource.class)
			.refresh()
			.routing()
			.registry()
			.resolve("b")
			.orElseThrow()
			.deployments()
			.getFirst();
		one.context().getBean(DeploymentQuarantine.class).quarantine(b.id(), "billed_over_bound", Instant.now());
		awaitAtTheOther(() -> other.deployment("exq_the-key-that-is-kept").equals("a"));
	}

	@Test
	void obeysABudgetEverywhereWithinASecond() throws IOException {
		HttpResponse<String> made = one.admin("POST", "/admin/v1/budgets?tenant=acme", "application/json", """
				{"name": "tag", "scope": {"type": "model", "name": "m"}, "window": "day", "currency": "USD",
				 "hardLimit": "0.000000001"}""");
		assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
		awaitAtTheOther(() -> other.ask("exq_the-key-that-is-kept").statusCode() == 402);
		String id = JsonMapper.shared().readTree(made.body()).at("/id").asString();
		assertThat(one.admin("DELETE", "/admin/v1/budgets/" + id, "application/json", "").statusCode()).isEqualTo(204);
		awaitAtTheOther(() -> other.ask("exq_the-key-that-is-kept").statusCode() == 200);
	}

	/** A whole platform, and how to talk to it. */
	private record Replica(ConfigurableApplicationContext context, HttpClient client) {

		Replica(TestDatabase database, String masterKeys) {
			this(new SpringApplicationBuilder(ExchequerApplication.class).run("--server.port=0",
					"--spring.datasource.url=" + database.jdbcUrl(),
					"--spring.datasource.username=" + database.username(),
					"--spring.datasource.password=" + database.password(), "--exchequer.master-keys=" + masterKeys,
					"--exchequer.admin-key=" + ADMIN, "--exchequer.demo=false"), HttpClient.newHttpClient());
		}

		HttpResponse<String> ask(String key) throws IOException {
			return send("POST", "/v1/chat/completions", key, "application/json",
					"{\"model\": \"auto\", \"max_tokens\": 4, \"messages\": "
							+ "[{\"role\": \"user\", \"content\": \"Hello\"}]}");
		}

		/** Returns which deployment answers, or nothing where none does. */
		String deployment(String key) throws IOException {
			return ask(key).headers().firstValue("X-Exchequer-Deployment").orElse("");
		}

		JsonNode get(String target) throws IOException {
			return JsonMapper.shared().readTree(admin("GET", target, "application/json", "").body());
		}

		HttpResponse<String> admin(String method, String target, String type, String body) throws IOException {
			return send(method, target, ADMIN, type, body);
		}

		private HttpResponse<String> send(String method, String target, String token, String type, String body)
				throws IOException {
			String base = "http://localhost:" + this.context.getEnvironment().getProperty("local.server.port");
			try {
				return this.client.send(HttpRequest.newBuilder(URI.create(base + target))
					.header("Authorization", "Bearer " + token)
					.header("Content-Type", type)
					.method(method,
							List.of("GET", "DELETE").contains(method) ? HttpRequest.BodyPublishers.noBody()
									: HttpRequest.BodyPublishers.ofString(body))
					.build(), HttpResponse.BodyHandlers.ofString());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new IOException(ex);
			}
		}

	}

}
