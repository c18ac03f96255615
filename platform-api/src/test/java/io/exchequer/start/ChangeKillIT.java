package io.exchequer.start;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import javax.sql.DataSource;

import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Kills the real process in the middle of an apply, of a key's rotation and of a budget's
 * change: after the restart all of the change is there, its audit rows included, or
 * nothing of it, and the platform serves.
 */
class ChangeKillIT {

	private static final String ADMIN_KEY = "an-administrator-who-kills";

	private static final String FILE = """
			models:
			  - name: another
			    capabilities: {input: [text], output: [text], contextWindow: 8192, maxOutput: 1024}
			deployments:
			  - {name: another-1, model: another, provider: metered, dataClass: confidential}
			tenants:
			  - name: beta
			    teams:
			      - name: two
			        projects:
			          - name: other
			            keys:
			              - {name: beta-key, secret: exq_key-of-the-world-of-beta, allowedNames: ["*"], allowedTasks: ["*"]}
			    budgets:
			      - {name: of-beta, window: month, currency: USD, hardLimit: "5"}
			    routingPolicies:
			      - {name: chat, task: chat, candidates: [{name: metered-1}]}
			""";

	private static final List<String> IN_THE_FILE = List.of("another", "another-1", "beta", "two", "other", "beta-key",
			"of-beta", "chat");

	@Test
	void keepsAllOfAChangeOrNothingWhereverItIsKilled() throws Exception {
		try (MeteredUpstream upstream = new MeteredUpstream(); TestDatabase database = TestDatabase.empty()) {
			Map<String, String> variables = new HashMap<>(MeteredWorld.variables(database));
			variables.put("EXCHEQUER_ADMIN_KEY", ADMIN_KEY);
			Installation installation = new Installation(variables, database.owner());
			try (PlatformProcess platform = PlatformProcess.start(variables)) {
				MeteredWorld.apply(platform, ADMIN_KEY, upstream, "1000");
				installation.look(platform);
				installation.killWhileWriting(platform, List.of(apply(platform), installation.rotate(platform),
						installation.changeBudget(platform, "7")));
			}
			for (Change change : Change.values()) {
				try (PlatformProcess platform = PlatformProcess.start(variables)) {
					installation.assertAsBefore(platform);
					installation.killWhileCommitting(platform, switch (change) {
						case APPLY -> apply(platform);
						case ROTATION -> installation.rotate(platform);
						case BUDGET -> installation.changeBudget(platform, "7");
					});
				}
				try (PlatformProcess platform = PlatformProcess.start(variables)) {
					switch (change) {
						case APPLY -> installation.assertApplied(platform);
						case ROTATION -> installation.assertRotated();
						case BUDGET -> installation.assertBudgetIs(platform, "7");
					}
					installation.look(platform);
				}
			}
		}
	}

	private static HttpRequest apply(PlatformProcess platform) {
		return request(platform, "POST", "/admin/v1/apply", "application/yaml", FILE);
	}

	private static HttpRequest request(PlatformProcess platform, String method, String target, String type,
			@Nullable String body) {
		return HttpRequest.newBuilder(platform.uri(target))
			.header("Authorization", "Bearer " + ADMIN_KEY)
			.header("Content-Type", type)
			.method(method,
					(body != null) ? HttpRequest.BodyPublishers.ofString(body) : HttpRequest.BodyPublishers.noBody())
			.build();
	}

	private enum Change {

		APPLY, ROTATION, BUDGET

	}

	/** What outlives the processes, and how it looked when all was well. */
	private static final class Installation {

		private static final JsonMapper JSON = JsonMapper.builder().build();

		private final DataSource owner;

		private final JdbcClient books;

		private String export = "";

		private List<String> audit = List.of();

		private List<String> secrets = List.of();

		Installation(Map<String, String> variables, DataSource owner) {
			this.owner = owner;
			this.books = JdbcClient.create(owner);
			assertThat(variables).containsKey("EXCHEQUER_MASTER_KEYS");
		}

		/** Keeps what is there now, for comparison. */
		void look(PlatformProcess platform) throws IOException {
			assertServes(platform);
			this.export = get(platform, "/admin/v1/export");
			this.audit = audit();
			this.secrets = secrets();
		}

		void assertAsBefore(PlatformProcess platform) throws IOException {
			assertServes(platform);
			assertThat(get(platform, "/admin/v1/export")).isEqualTo(this.export);
			assertThat(audit()).isEqualTo(this.audit);
			assertThat(secrets()).isEqualTo(this.secrets);
		}

		void assertApplied(PlatformProcess platform) throws IOException {
			assertServes(platform);
			assertThat(get(platform, "/admin/v1/export")).contains(IN_THE_FILE);
			assertThat(newInAudit())
				.containsExactlyInAnyOrderElementsOf(IN_THE_FILE.stream().map((name) -> "create " + name).toList());
		}

		void assertRotated() {
			assertThat(secrets()).hasSize(this.secrets.size() + 1);
			assertThat(newInAudit()).containsExactly("rotate key");
		}

		void assertBudgetIs(PlatformProcess platform, String limit) throws IOException {
			assertThat(JSON.readTree(get(platform, "/admin/v1/budgets?tenant=acme"))
				.at("/items/0/budget/hardLimit")
				.asString()).isEqualTo(limit);
			assertThat(newInAudit()).containsExactly("update everything");
		}

		private static void assertServes(PlatformProcess platform) throws IOException {
			HttpResponse<String> answer = MeteredWorld.ask(platform, false);
			assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		}

		private List<String> newInAudit() {
			List<String> found = new ArrayList<>(audit());
			assertThat(found).startsWith(this.audit.toArray(String[]::new));
			return found.subList(this.audit.size(), found.size());
		}

		private List<String> audit() {
			return this.books.sql("SELECT action || ' ' || resource_name FROM exchequer.audit_event ORDER BY id")
				.query(String.class)
				.list();
		}

		private List<String> secrets() {
			return this.books
				.sql("SELECT id || ' ' || coalesce(valid_until::text, 'for good') "
						+ "FROM exchequer.virtual_key_secret ORDER BY id")
				.query(String.class)
				.list();
		}

		private static String get(PlatformProcess platform, String target) throws IOException {
			HttpResponse<String> answer = platform.send(request(platform, "GET", target, "application/json", null));
			assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
			return answer.body();
		}

		HttpRequest rotate(PlatformProcess platform) throws IOException {
			String key = JSON.readTree(get(platform, "/admin/v1/keys?tenant=acme")).at("/items/0/id").asString();
			return request(platform, "POST", "/admin/v1/keys/" + key + "/rotate?overlap=PT1H", "application/json",
					null);
		}

		HttpRequest changeBudget(PlatformProcess platform, String limit) throws IOException {
			String budget = JSON.readTree(get(platform, "/admin/v1/budgets?tenant=acme")).at("/items/0/id").asString();
			return request(platform, "PUT", "/admin/v1/budgets/" + budget, "application/json",
					"{\"name\": \"everything\", \"window\": \"total\", \"currency\": \"USD\", \"hardLimit\": \"" + limit
							+ "\"}");
		}

		/** Each has written its change; none its last audit row. */
		void killWhileWriting(PlatformProcess platform, List<HttpRequest> changes) throws Exception {
			kill(platform, changes,
					"CREATE TRIGGER stall BEFORE INSERT ON exchequer.audit_event FOR EACH ROW "
							+ "WHEN (NEW.action = 'rotate' OR NEW.resource = 'budget') "
							+ "EXECUTE FUNCTION exchequer.stall()");
		}

		/** The database has been told to commit; the platform will not hear of it. */
		void killWhileCommitting(PlatformProcess platform, HttpRequest change) throws Exception {
			kill(platform, List.of(change), "CREATE CONSTRAINT TRIGGER stall AFTER INSERT ON exchequer.audit_event "
					+ "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION exchequer.stall()");
		}

		private void kill(PlatformProcess platform, List<HttpRequest> changes, String trigger) throws Exception {
			try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
					Connection gate = this.owner.getConnection();
					Statement statement = gate.createStatement()) {
				statement.execute("""
						CREATE OR REPLACE FUNCTION exchequer.stall() RETURNS trigger LANGUAGE plpgsql AS $$
						BEGIN
							PERFORM pg_advisory_xact_lock_shared(77);
							RETURN NEW;
						END
						$$""");
				statement.execute(trigger);
				statement.execute("SELECT pg_advisory_lock(77)");
				List<Future<HttpResponse<String>>> answers = new ArrayList<>();
				for (HttpRequest change : changes) {
					answers.add(threads.submit(() -> platform.send(change)));
				}
				Awaitility.await().until(() -> waiting() == changes.size());
				platform.kill();
				assertThat(answers)
					.allSatisfy((answer) -> assertThat(answer).failsWithin(java.time.Duration.ofMinutes(1)));
				statement.execute("SELECT pg_advisory_unlock(77)");
				// Waits for those that the kill left behind.
				statement.execute("DROP TRIGGER stall ON exchequer.audit_event");
			}
		}

		private long waiting() throws SQLException {
			return this.books.sql("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
				.query(Long.class)
				.single();
		}

	}

}
