package io.exchequer.admin;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.exchequer.admin.Platform.Answer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an applied file does to the calls of its tenants meanwhile: as little as it can.
 */
class ApplyUnderLoadIT {

	private static final String TENANT = """
			  - name: %1$s
			    teams:
			      - name: team
			        projects:
			          - name: project
			            keys: [{name: key, secret: the-virtual-key-of-%1$s, allowedNames: ["*"], allowedTasks: ["*"]}]
			    budgets: [{name: month, window: month, currency: USD, hardLimit: "%2$d"}]
			""";

	private static final String CALLABLE = """
			providers: [{name: demo, kind: demo}]
			models: [{name: chat, capabilities: {contextWindow: 8192, maxOutput: 1024}}]
			deployments:
			  - {name: quick, model: chat, provider: demo, dataClass: internal, settings: {options: {pace: none}}}
			priceCards:
			  - {deployment: quick, currency: USD, tiers: [{prices: {input: "1", output: "2"}}]}
			""";

	private static Platform platform;

	private static UUID alpha;

	private static UUID beta;

	@BeforeAll
	static void start() {
		platform = new Platform();
		// The first that is made has the lesser identifier.
		applied(CALLABLE + "tenants:\n" + TENANT.formatted("alpha", 10) + TENANT.formatted("beta", 10));
		UUID one = UUID.fromString(platform.get("/admin/v1/tenants/alpha").at("/id"));
		UUID other = UUID.fromString(platform.get("/admin/v1/tenants/beta").at("/id"));
		assertThat(one).isLessThan(other);
		alpha = one;
		beta = other;
	}

	@BeforeEach
	void reset() {
		applied(both(10));
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	/** The later identifier first, against the order in which calls lock. */
	private static String both(int limit) {
		return "tenants:\n" + TENANT.formatted("beta", limit) + TENANT.formatted("alpha", limit);
	}

	private static Answer applied(String file) {
		Answer answer = platform.yaml("/admin/v1/apply", file);
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		return answer;
	}

	@Test
	void stopsNoMoneyToSayWhatWouldChangeOrWhereNothingDoes() throws Exception {
		try (Connection calls = platform.database().owner().getConnection()) {
			calls.setAutoCommit(false);
			admit(calls, alpha, beta);
			Answer dry = later("/admin/v1/apply?dryRun=true", both(20)).get(1, TimeUnit.MINUTES);
			assertThat(dry.json().at("/updated").asInt()).as(dry.text()).isEqualTo(2);
			Answer same = later("/admin/v1/apply", both(10)).get(1, TimeUnit.MINUTES);
			assertThat(same.status()).isEqualTo(200);
			assertThat(same.json().at("/updated").asInt()).as(same.text()).isZero();
			calls.rollback();
		}
		assertThat(platform.get("/admin/v1/budgets?tenant=alpha").at("/items/0/budget/hardLimit")).isEqualTo("10");
	}

	@Test
	void stopsTheMoneyOfTenantsInTheOrderOfCallsWhateverTheOrderOfTheFile() throws Exception {
		CompletableFuture<Answer> waiting;
		try (Connection calls = platform.database().owner().getConnection()) {
			calls.setAutoCommit(false);
			admit(calls, alpha);
			waiting = later("/admin/v1/apply", both(30));
			Awaitility.await()
				.untilAsserted(() -> assertThat(
						number(calls, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
					.isEqualTo(1));
			assertThat(number(calls, "SELECT pg_try_advisory_xact_lock_shared(tenant_lock('" + beta + "'))::int"))
				.as("a batch that has the first tenant gets the second")
				.isEqualTo(1);
			calls.rollback();
		}
		Answer answer = waiting.get(1, TimeUnit.MINUTES);
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
	}

	@Test
	void putsWhatTheFileSaysOverWhatChangedWhileItWaited() throws Exception {
		CompletableFuture<Answer> waiting;
		try (Connection calls = platform.database().owner().getConnection()) {
			calls.setAutoCommit(false);
			admit(calls, alpha);
			waiting = later("/admin/v1/apply", "tenants:\n" + TENANT.formatted("alpha", 40));
			Awaitility.await()
				.untilAsserted(() -> assertThat(
						number(calls, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
					.isEqualTo(1));
			try (PreparedStatement other = calls.prepareStatement(
					"UPDATE budget SET time_zone = 'Asia/Kolkata', hard_limit_nanos = 40000000000 WHERE tenant_id = ?")) {
				other.setObject(1, alpha);
				other.execute();
			}
			calls.commit();
		}
		Answer answer = waiting.get(1, TimeUnit.MINUTES);
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		Answer budget = platform.get("/admin/v1/budgets?tenant=alpha");
		assertThat(budget.at("/items/0/budget/zone")).isEqualTo("UTC");
		assertThat(budget.at("/items/0/budget/hardLimit")).isEqualTo("40");
		assertThat(platform.get("/admin/v1/audit?resource=budget&tenant=alpha&limit=1").at("/items/0/before/zone"))
			.isEqualTo("Asia/Kolkata");
	}

	@Test
	void appliesFilesOverTwoTenantsWhileBothAreServed() throws Exception {
		AtomicBoolean going = new AtomicBoolean(true);
		List<CompletableFuture<Integer>> clients = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			int client = i;
			clients.add(CompletableFuture.supplyAsync(() -> serve(client, going)));
		}
		try {
			for (int i = 0; i < 15; i++) {
				applied(both(100 + i));
			}
		}
		finally {
			going.set(false);
		}
		for (CompletableFuture<Integer> client : clients) {
			assertThat(client.get(1, TimeUnit.MINUTES)).isPositive();
		}
	}

	/**
	 * Asks for both tenants in turn, and returns how often it was answered. A request may
	 * be told to try again because its budgets keep changing, and nothing else.
	 */
	private static int serve(int client, AtomicBoolean going) {
		int answered = 0;
		for (int asked = client; going.get() || answered == 0; asked++) {
			String key = "the-virtual-key-of-" + ((asked % 2 == 0) ? "alpha" : "beta");
			Answer answer = platform.send("POST", "/v1/chat/completions", key, """
					{"model": "chat", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 8}""");
			if (answer.status() == 200) {
				answered++;
			}
			else {
				assertThat(answer.at("/error/code")).as(answer.text()).isEqualTo("budgets_changing");
			}
		}
		return answered;
	}

	private static CompletableFuture<Answer> later(String path, String file) {
		return CompletableFuture.supplyAsync(() -> platform.yaml(path, file));
	}

	/** Locks as a batch of calls does. */
	private static void admit(Connection calls, UUID... tenants) throws SQLException {
		try (PreparedStatement statement = calls.prepareStatement("""
				SELECT pg_advisory_xact_lock_shared(tenant_lock(t.id))
				FROM (SELECT DISTINCT unnest(?) ORDER BY 1) t(id)""")) {
			statement.setArray(1, calls.createArrayOf("uuid", tenants));
			statement.execute();
		}
	}

	private static int number(Connection connection, String query) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(query);
				ResultSet row = statement.executeQuery()) {
			row.next();
			return row.getInt(1);
		}
	}

}
