package io.exchequer.start;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One tenant whose requests go to a {@link MeteredUpstream} and stand under one hard
 * budget; and how to ask and to look into the books.
 */
final class MeteredWorld {

	static final String KEY = "exq_key-of-the-metered-world";

	static final String MASTER_KEYS = "k1:" + "A".repeat(43) + "=";

	/** Nano-dollars per token. */
	static final long INPUT_PRICE = 1_000;

	static final long OUTPUT_PRICE = 2_000;

	/** What each request asks for at most; the policy allows no less. */
	static final int MAX_OUTPUT = 8;

	/** A lease that is soon over, so that what was in flight at a kill soon settles. */
	static final Map<String, String> SHORT_LEASES = Map.of("EXCHEQUER_BILLING_LEASEDURATION", "6s",
			"EXCHEQUER_BILLING_RENEWAL", "2s", "EXCHEQUER_BILLING_SWEEPINTERVAL", "500ms");

	private static final String FILE = """
			providers:
			  - {name: metered, kind: openai, baseUrl: "%s", secret: sk-metered}
			models:
			  - name: metered
			    capabilities: {input: [text], output: [text], contextWindow: 8192, maxOutput: 1024}
			deployments:
			  - {name: metered-1, model: metered, provider: metered, dataClass: confidential}
			priceCards:
			  - deployment: metered-1
			    currency: USD
			    tiers:
			      - prices: {input: "1", output: "2"}
			tenants:
			  - name: acme
			    teams:
			      - name: one
			        projects:
			          - name: only
			            keys:
			              - {name: key, secret: "%s", allowedNames: ["*"], allowedTasks: ["*"]}
			    budgets:
			      - {name: everything, window: total, currency: USD, hardLimit: "%s"}
			    routingPolicies:
			      - {name: chat, task: chat, candidates: [{name: metered-1}], minOutput: %d}
			""";

	private final JdbcClient books;

	/** Looks into the books through the owner's connections. */
	MeteredWorld(DataSource owner) {
		this.books = JdbcClient.create(owner);
	}

	/**
	 * Makes the world through one of its replicas, and waits until that one serves it.
	 */
	static void apply(PlatformProcess platform, String adminKey, MeteredUpstream upstream, String hardLimit)
			throws IOException {
		apply(platform, adminKey, upstream.baseUrl(), hardLimit);
	}

	/** Makes the world over another upstream. */
	static void apply(PlatformProcess platform, String adminKey, String baseUrl, String hardLimit) throws IOException {
		HttpResponse<String> answer = platform.send(HttpRequest.newBuilder(platform.uri("/admin/v1/apply"))
			.header("Authorization", "Bearer " + adminKey)
			.header("Content-Type", "application/yaml")
			.POST(HttpRequest.BodyPublishers.ofString(FILE.formatted(baseUrl, KEY, hardLimit, MAX_OUTPUT)))
			.build());
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		HttpRequest models = HttpRequest.newBuilder(platform.uri("/v1/models"))
			.header("Authorization", "Bearer " + KEY)
			.build();
		Awaitility.await().until(() -> platform.send(models).statusCode() == 200);
	}

	/** Asks once, and returns the whole answer. */
	static HttpResponse<String> ask(PlatformProcess platform, boolean stream) throws IOException {
		return platform.send(HttpRequest.newBuilder(platform.uri("/v1/chat/completions"))
			.header("Authorization", "Bearer " + KEY)
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("""
					{"model": "auto", "max_tokens": %d, "stream": %b,
					 "messages": [{"role": "user", "content": "How much is known about this?"}]}"""
				.formatted(MAX_OUTPUT, stream)))
			.build());
	}

	/** Returns every posted use, corrections included. */
	List<Use> uses() {
		return this.books.sql("""
				SELECT hold_id::text, request_id::text, kind, upstream_request_id, estimated_reason, amount_nanos,
					coalesce(input_count, 0) AS input_count, coalesce(output_count, 0) AS output_count
				FROM exchequer.ledger_line WHERE account = 'usage'""").query(Use.class).list();
	}

	long openHolds() {
		return this.books.sql("SELECT count(*) FROM exchequer.hold").query(Long.class).single();
	}

	/** Returns the amount of one of the holds that are open. */
	long anOpenHold() {
		return this.books.sql("SELECT coalesce(max(amount_nanos), 0) FROM exchequer.hold").query(Long.class).single();
	}

	/** Returns how many of the database's connections wait for others. */
	long waitingForLocks() {
		return this.books.sql("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted").query(Long.class).single();
	}

	/** From now on the database notes what is admitted over the limit in force. */
	void watchTheLimit() {
		this.books.sql("CREATE TABLE exchequer.over_the_limit (total numeric, allowed numeric)").update();
		this.books.sql("""
				CREATE FUNCTION exchequer.watch() RETURNS trigger
					LANGUAGE plpgsql SECURITY DEFINER SET search_path = exchequer AS $$
				DECLARE
					allowed numeric := (SELECT hard_limit_nanos FROM budget
						WHERE tenant_id = NEW.tenant_id AND id = NEW.budget_id);
				BEGIN
					IF NEW.settled + NEW.held > OLD.settled + OLD.held AND NEW.settled + NEW.held > allowed THEN
						INSERT INTO over_the_limit VALUES (NEW.settled + NEW.held, allowed);
					END IF;
					RETURN NULL;
				END
				$$""").update();
		this.books
			.sql("CREATE TRIGGER watch AFTER UPDATE ON exchequer.balance "
					+ "FOR EACH ROW EXECUTE FUNCTION exchequer.watch()")
			.update();
	}

	List<String> admittedOverTheLimit() {
		return this.books.sql("SELECT total || ' of ' || allowed FROM exchequer.over_the_limit")
			.query(String.class)
			.list();
	}

	long settled() {
		return this.books.sql("SELECT coalesce(sum(settled), 0)::bigint FROM exchequer.balance")
			.query(Long.class)
			.single();
	}

	long held() {
		return this.books.sql("SELECT coalesce(sum(held), 0)::bigint FROM exchequer.balance")
			.query(Long.class)
			.single();
	}

	/**
	 * Returns the variables of a replica in this world, with a lease that is soon over.
	 */
	static Map<String, String> variables(TestDatabase database) {
		Map<String, String> variables = new HashMap<>(SHORT_LEASES);
		variables.putAll(PlatformProcess.on(database));
		variables.put("EXCHEQUER_MASTER_KEYS", MASTER_KEYS);
		return variables;
	}

	/**
	 * A posted use.
	 *
	 * @param holdId the hold it ended
	 * @param requestId the client's request
	 * @param kind settlement, estimate, reversal or correction
	 * @param upstreamRequestId the provider's name of the call, or null
	 * @param estimatedReason why it is an estimate, or null
	 * @param amountNanos what it cost
	 * @param inputCount tokens read
	 * @param outputCount tokens written
	 */
	record Use(String holdId, String requestId, String kind, @Nullable String upstreamRequestId,
			@Nullable String estimatedReason, long amountNanos, long inputCount, long outputCount) {

		boolean exact() {
			return this.kind.equals("settlement");
		}

	}

}
