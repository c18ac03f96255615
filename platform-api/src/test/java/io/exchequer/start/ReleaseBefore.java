package io.exchequer.start;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import javax.sql.DataSource;

import io.exchequer.testing.TestDatabase;
import org.flywaydb.core.Flyway;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The release before this one, as it was: its schema, an installation that worked with it
 * and was killed, and the statements that a replica of it sends. None of that changes
 * with the code; a new release adds what it lands to its own.
 */
final class ReleaseBefore {

	static final String ADMIN_KEY = "an-administrator-of-the-release-before";

	/** Its migrations, each with its checksum. */
	private static final Map<String, Integer> MIGRATIONS = new TreeMap<>(Map.of("registry/V0_1__foundation.sql",
			1144304254, "registry/V1_0__registry.sql", -54633606, "billing/V2_0__billing.sql", 1595693808,
			"billing/V2_1__admission.sql", 965558576, "billing/V2_2__settlement.sql", -477733890,
			"routing/V3_0__routing.sql", -837812052, "platform/V4_0__tenancy.sql", -1172543901,
			"platform/V4_1__security.sql", -896366099, "platform/V4_5__installation.sql", 1908465224));

	/** What it reads at each change of the configuration. */
	private static final List<String> CONFIGURATION = List.of("SELECT version FROM configuration_version", """
			SELECT k.tenant_id, p.team_id, k.project_id, k.id, k.name,
				coalesce(p.cost_centre, t.cost_centre) AS cost_centre, p.tags AS project_tags, k.tags AS key_tags,
				k.allowed_names, k.allowed_tasks, k.requests_per_minute, k.tokens_per_minute, n.stores_answers,
				k.expires_at,
				coalesce(k.revoked_at, p.archived_at, t.archived_at, n.archived_at) IS NOT NULL AS revoked
			FROM virtual_key k
			JOIN project p ON p.tenant_id = k.tenant_id AND p.id = k.project_id
			JOIN team t ON t.tenant_id = k.tenant_id AND t.id = p.team_id
			JOIN tenant n ON n.id = k.tenant_id""",
			"SELECT tenant_id, key_id, hash_key_id, secret_hash, valid_until FROM virtual_key_secret", """
					SELECT tenant_id, id, name, scope_type, scope_value, window_kind, time_zone, currency,
						hard_limit_nanos, soft_limit_nanos
					FROM budget""", "SELECT tenant_id, epoch FROM budget_epoch", """
					SELECT p.tenant_id, p.task, v.id, v.version, v.body::text
					FROM routing_policy p
					JOIN routing_policy_version v
					  ON v.tenant_id = p.tenant_id AND v.policy_id = p.id AND v.version = p.current_version""",
			"SELECT id, name, kind, base_url, settings FROM provider",
			"SELECT id, provider_id, key_id, ciphertext FROM provider_credential WHERE retired_at IS NULL",
			"SELECT * FROM model", "SELECT name, model_id FROM model_alias", "SELECT * FROM deployment",
			"SELECT c.* FROM price_card c JOIN deployment d ON d.id = c.deployment_id");

	private static final String ADMIT = """
			SELECT row_no, verdict, balance_no, limit_nanos, remaining_nanos FROM admit_holds(
				p_owner => CAST(:owner AS uuid), p_fence => :fence, p_lease_until => :lease, p_retry => false,
				t_tenant => ARRAY[CAST(:tenant AS uuid)], t_epoch => ARRAY[CAST(:epoch AS bigint)],
				k_tenant => ARRAY[CAST(:tenant AS uuid)], k_budget => ARRAY[CAST(:budget AS uuid)],
				k_start => ARRAY[CAST(:start AS bigint)], k_end => ARRAY[NULL]::bigint[],
				k_sum => ARRAY[CAST(:amount AS bigint)],
				q_tenant => ARRAY[CAST(:tenant AS uuid)], q_key => ARRAY[CAST(:key AS uuid)],
				q_minute => ARRAY[CAST(:minute AS bigint)], q_requests => ARRAY[1::bigint], q_tokens => ARRAY[9::bigint],
				q_rpm => ARRAY[NULL]::bigint[], q_tpm => ARRAY[1000000000::bigint],
				m_balance => ARRAY[1],
				r_pair => ARRAY[1], r_from => ARRAY[1], r_to => ARRAY[1], r_rate => ARRAY[1],
				r_rpm => ARRAY[NULL]::bigint[], r_tpm => ARRAY[1000000000::bigint],
				r_amount => ARRAY[CAST(:amount AS bigint)], r_tokens => ARRAY[9::bigint], r_soft => ARRAY[false],
				r_attempt => ARRAY[1], r_at => ARRAY[CAST(:at AS bigint)],
				r_id => ARRAY[CAST(:hold AS uuid)], r_request => ARRAY[CAST(:request AS uuid)],
				r_team => ARRAY[CAST(:team AS uuid)], r_project => ARRAY[CAST(:project AS uuid)],
				r_key => ARRAY[CAST(:key AS uuid)], r_provider => ARRAY[CAST(:provider AS uuid)],
				r_model => ARRAY[CAST(:model AS uuid)], r_deployment => ARRAY[CAST(:deployment AS uuid)],
				r_card => ARRAY[CAST(:card AS uuid)], r_currency => ARRAY['USD'], r_task => ARRAY['chat'],
				r_cost_centre => ARRAY[NULL]::text[], r_tags => ARRAY['{}'])""";

	private static final String SETTLE = """
			SELECT * FROM settle_holds(
				r_tenant => ARRAY[CAST(:tenant AS uuid)], r_request => ARRAY[CAST(:request AS uuid)],
				r_id => ARRAY[CAST(:hold AS uuid)], r_fence => ARRAY[CAST(:fence AS bigint)],
				r_release => ARRAY[CAST(:release AS boolean)], r_amount => ARRAY[CAST(:cost AS bigint)],
				r_usage => ARRAY[CAST(:cost AS bigint), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], r_reason => ARRAY[NULL]::text[],
				r_tier => ARRAY['default'], r_credential => ARRAY[NULL]::uuid[], r_upstream => ARRAY['old'],
				r_at => ARRAY[CAST(:at AS bigint)], r_key => ARRAY[CAST(:key AS uuid)],
				r_minute => ARRAY[CAST(:minute AS bigint)], r_give_back => ARRAY[2::bigint],
				d_tenant => ARRAY[CAST(:tenant AS uuid)], d_request => ARRAY[CAST(:request AS uuid)],
				d_policy => ARRAY[NULL]::uuid[], d_encoded => ARRAY['x'::bytea], d_at => ARRAY[CAST(:at AS bigint)])""";

	private static final String RENEW = """
			SELECT * FROM renew_holds(:fence, :lease, ARRAY[CAST(:tenant AS uuid)], ARRAY[CAST(:request AS uuid)],
				ARRAY[CAST(:hold AS uuid)])""";

	private static final String SETTLE_LATE = """
			SELECT verdict, amount_nanos FROM settle_late(
				p_tenant => CAST(:tenant AS uuid), p_request => CAST(:request AS uuid), p_hold => CAST(:hold AS uuid),
				p_release => false, p_amount => :cost, p_usage => ARRAY[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]::bigint[],
				p_reason => NULL, p_tier => 'default', p_credential => NULL, p_upstream => 'old', p_at => :at)""";

	private final TestDatabase database;

	private ReleaseBefore(TestDatabase database) {
		this.database = database;
	}

	/**
	 * Installs it in an empty database, with the rows of an installation that had been
	 * killed in the middle of four requests.
	 * @param files an empty directory
	 * @param upstream where its provider is now
	 */
	static ReleaseBefore install(TestDatabase database, Path files, MeteredUpstream upstream) throws IOException {
		Flyway.configure()
			.dataSource(database.jdbcUrl(), database.username(), database.password())
			.defaultSchema(TestDatabase.SCHEMA)
			.locations("filesystem:" + migrations(files))
			.load()
			.migrate();
		ReleaseBefore release = new ReleaseBefore(database);
		release.load();
		release.owner()
			.sql("UPDATE provider SET base_url = ? WHERE name = 'metered'")
			.param(upstream.baseUrl())
			.update();
		return release;
	}

	/** Copies its migrations, which must be as it landed them. */
	private static Path migrations(Path files) throws IOException {
		for (String migration : MIGRATIONS.keySet()) {
			Path copy = files.resolve(migration);
			Files.createDirectories(copy.getParent());
			try {
				Files.copy(Path.of(ReleaseBefore.class.getResource("/db/migration/" + migration).toURI()), copy);
			}
			catch (java.nio.file.FileSystemNotFoundException | URISyntaxException ex) {
				try (InputStream packaged = ReleaseBefore.class.getResourceAsStream("/db/migration/" + migration)) {
					Files.copy(packaged, copy);
				}
			}
		}
		return files;
	}

	static Map<String, Integer> migrationsAsLanded() {
		return MIGRATIONS;
	}

	/** Returns which migrations the database has by now, each with its checksum. */
	Map<String, Integer> migrations() {
		Map<String, Integer> found = new TreeMap<>();
		owner().sql("SELECT script, checksum FROM flyway_schema_history WHERE checksum IS NOT NULL").query((row) -> {
			found.put(row.getString(1), row.getInt(2));
		});
		return found;
	}

	private void load() throws IOException {
		Map<String, List<String>> rows = new LinkedHashMap<>();
		try (InputStream file = ReleaseBefore.class.getResourceAsStream("/release-before/rows.txt")) {
			new String(file.readAllBytes(), StandardCharsets.UTF_8).lines().forEach((line) -> {
				int blank = line.indexOf(' ');
				rows.computeIfAbsent(line.substring(0, blank), (table) -> new ArrayList<>())
					.add(line.substring(blank + 1));
			});
		}
		rows.forEach((table, lines) -> owner()
			.sql("INSERT INTO " + table + " SELECT * FROM jsonb_populate_recordset(NULL::" + table
					+ ", CAST(? AS jsonb))")
			.param("[" + String.join(",", lines) + "]")
			.update());
		owner().sql("SELECT setval('lease_fence', 1000)").query(Long.class).single();
	}

	JdbcClient owner() {
		return JdbcClient.create(this.database.owner());
	}

	/** Starts a replica of it, which serves until it is closed. */
	Replica replica() {
		return new Replica(this.database.gateway(2));
	}

	/** How far a replica has come: what it was told, request by request. */
	final class Replica implements AutoCloseable {

		private final JdbcClient gateway;

		private final ExecutorService thread = Executors.newSingleThreadExecutor();

		private final Future<?> work;

		private final Map<String, Object> row;

		private final long fence;

		private final List<String> settled = new ArrayList<>();

		private volatile long served;

		private volatile boolean closed;

		private Replica(DataSource gateway) {
			this.gateway = JdbcClient.create(gateway);
			this.fence = this.gateway.sql("SELECT nextval('lease_fence')").query(Long.class).single();
			this.row = this.gateway.sql("""
					SELECT k.tenant_id::text AS tenant, k.id::text AS key, k.project_id::text AS project,
						p.team_id::text AS team, d.id::text AS deployment, d.model_id::text AS model,
						d.provider_id::text AS provider, c.id::text AS card, b.budget_id::text AS budget,
						(extract(epoch FROM b.window_start) * 1000000)::bigint AS start
					FROM virtual_key k JOIN project p ON p.tenant_id = k.tenant_id AND p.id = k.project_id,
						deployment d JOIN price_card c ON c.deployment_id = d.id, balance b""").query().singleRow();
			this.work = this.thread.submit(() -> {
				while (!this.closed) {
					serve();
					this.served++;
				}
			});
		}

		/** Returns how many requests it has served. */
		long served() {
			if (this.work.isDone() && !this.closed) {
				throw new IllegalStateException("the replica ended: " + this.work.exceptionNow(),
						this.work.exceptionNow());
			}
			return this.served;
		}

		/** Returns what it settled: each hold, with its cost. */
		List<String> settled() {
			return this.settled;
		}

		private void serve() {
			CONFIGURATION.forEach((sql) -> this.gateway.sql(sql).query().listOfRows());
			Map<String, Object> call = new LinkedHashMap<>(this.row);
			long at = Instant.now().toEpochMilli() * 1_000;
			String hold = UUID.randomUUID().toString();
			call.putAll(Map.of("owner", new UUID(1, 1).toString(), "fence", this.fence, "hold", hold, "request",
					UUID.randomUUID().toString(), "at", at, "lease", at + 600_000_000L, "minute",
					at / 60_000_000 * 60_000_000, "amount", 90L, "epoch", epoch()));
			List<Map<String, Object>> verdicts = this.gateway.sql(ADMIT).params(call).query().listOfRows();
			if (!verdicts.isEmpty()) {
				if (!verdicts.getFirst().get("verdict").equals("stale")) {
					throw new IllegalStateException("not admitted: " + verdicts);
				}
				return;
			}
			if (this.gateway.sql(RENEW).params(call).query().listOfRows().size() != 1) {
				throw new IllegalStateException("the hold was not renewed");
			}
			boolean release = this.served % 3 == 0;
			call.putAll(Map.of("release", release, "cost", 70L));
			if (!this.gateway.sql(SETTLE).params(call).query().listOfRows().isEmpty()) {
				throw new IllegalStateException("the hold was gone");
			}
			String late = String.valueOf(this.gateway.sql(SETTLE_LATE).params(call).query().singleRow().get("verdict"));
			if (!late.equals(release ? "unknown" : "settled")) {
				throw new IllegalStateException("settled once more: " + late);
			}
			if (!release) {
				this.settled.add(hold + " 70");
			}
		}

		private long epoch() {
			return this.gateway.sql("SELECT epoch FROM budget_epoch WHERE tenant_id = CAST(:tenant AS uuid)")
				.params(this.row)
				.query(Long.class)
				.single();
		}

		/** Ends it, and throws what went wrong. */
		@Override
		public void close() {
			this.closed = true;
			this.thread.shutdown();
			try {
				this.work.get();
			}
			catch (ExecutionException ex) {
				throw new IllegalStateException("the replica ended", ex);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
