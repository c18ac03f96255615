package io.exchequer.configuration;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final int TRIES = 5;

	private static final String KEPT = "exq_the-key-that-is-kept";

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
			              - {name: lost-0, secret: exq_the-key-that-is-revoked-0, allowedNames: ["*"], allowedTasks: ["*"]}
			              - {name: lost-1, secret: exq_the-key-that-is-revoked-1, allowedNames: ["*"], allowedTasks: ["*"]}
			              - {name: lost-2, secret: exq_the-key-that-is-revoked-2, allowedNames: ["*"], allowedTasks: ["*"]}
			              - {name: lost-3, secret: exq_the-key-that-is-revoked-3, allowedNames: ["*"], allowedTasks: ["*"]}
			              - {name: lost-4, secret: exq_the-key-that-is-revoked-4, allowedNames: ["*"], allowedTasks: ["*"]}
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
		awaitAtTheOther(() -> other.deployment(KEPT).equals("a"));
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

	/** Waits until the other replica shows a change, and the one that is only told. */
	private static void awaitAtTheOther(Callable<Boolean> arrived) {
		Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(arrived);
		long version = one.context().getBean(ConfigurationSource.class).refresh().version();
		Awaitility.await().atMost(PATIENCE).until(() -> told.version() >= version);
	}

	/**
	 * Makes a change at one replica until it has reached the other within the promised
	 * second. A machine that stands still for a moment may be late once; a platform that
	 * takes longer is late each time.
	 * @param change makes the change of a number from 0 on, and returns how to see it
	 */
	private static void reachesTheOtherInTime(Change change) throws IOException {
		List<Duration> late = new ArrayList<>();
		for (int number = 0; number < TRIES; number++) {
			Callable<Boolean> arrived = change.make(number);
			long madeAt = System.nanoTime();
			Awaitility.await()
				.atMost(PATIENCE)
				.pollDelay(Duration.ZERO)
				.pollInterval(Duration.ofMillis(5))
				.until(arrived);
			Duration took = Duration.ofNanos(System.nanoTime() - madeAt);
			awaitAtTheOther(arrived);
			if (took.compareTo(PROMISED) <= 0) {
				return;
			}
			late.add(took);
		}
		assertThat(late).as("how long each of them took").isEmpty();
	}

	private interface Change {

		Callable<Boolean> make(int number) throws IOException;

	}

	@Test
	void revokesAKeyEverywhereWithinASecond() throws IOException {
		reachesTheOtherInTime((number) -> {
			String name = "lost-" + number;
			String secret = "exq_the-key-that-is-revoked-" + number;
			assertThat(other.ask(secret).statusCode()).isEqualTo(200);
			String key = "";
			for (JsonNode each : one.get("/admin/v1/keys?tenant=acme").at("/items")) {
				key = each.at("/name").asString().equals(name) ? each.at("/id").asString() : key;
			}
			assertThat(one.admin("DELETE", "/admin/v1/keys/" + key, "application/json", "").statusCode())
				.isEqualTo(200);
			return () -> other.ask(secret).statusCode() == 401;
		});
	}

	@Test
	void followsAPolicyAndAQuarantineEverywhereWithinASecond() throws IOException {
		reachesTheOtherInTime((number) -> {
			String first = (number % 2 == 0) ? "b" : "a";
			prefer(first, (number % 2 == 0) ? "a" : "b");
			return () -> other.deployment(KEPT).equals(first);
		});
		prefer("b", "a");
		awaitAtTheOther(() -> other.deployment(KEPT).equals("b"));
		reachesTheOtherInTime((number) -> {
			if (number > 0) {
				assertThat(one.admin("DELETE", "/admin/v1/quarantines/b", "application/json", "").statusCode())
					.isEqualTo(200);
				awaitAtTheOther(() -> other.deployment(KEPT).equals("b"));
			}
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
			return () -> other.deployment(KEPT).equals("a");
		});
	}

	private static void prefer(String first, String second) throws IOException {
		HttpResponse<String> changed = one.admin("PUT", "/admin/v1/routing-policies/chat?tenant=acme",
				"application/json", """
						{"name": "chat", "task": "chat", "candidates": [{"name": "%s"}, {"name": "%s"}]}"""
					.formatted(first, second));
		assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
	}

	@Test
	void obeysABudgetEverywhereWithinASecond() throws IOException {
		reachesTheOtherInTime((number) -> {
			removeBudgets();
			awaitAtTheOther(() -> other.ask(KEPT).statusCode() == 200);
			makeABudgetThatIsSpent();
			return () -> other.ask(KEPT).statusCode() == 402;
		});
		reachesTheOtherInTime((number) -> {
			removeBudgets();
			makeABudgetThatIsSpent();
			awaitAtTheOther(() -> other.ask(KEPT).statusCode() == 402);
			removeBudgets();
			return () -> other.ask(KEPT).statusCode() == 200;
		});
	}

	private static void makeABudgetThatIsSpent() throws IOException {
		HttpResponse<String> made = one.admin("POST", "/admin/v1/budgets?tenant=acme", "application/json", """
				{"name": "tag", "scope": {"type": "model", "name": "m"}, "window": "day", "currency": "USD",
				 "hardLimit": "0.000000001"}""");
		assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
	}

	private static void removeBudgets() throws IOException {
		for (JsonNode each : one.get("/admin/v1/budgets?tenant=acme").at("/items")) {
			String target = "/admin/v1/budgets/" + each.at("/id").asString();
			assertThat(one.admin("DELETE", target, "application/json", "").statusCode()).isEqualTo(204);
		}
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
