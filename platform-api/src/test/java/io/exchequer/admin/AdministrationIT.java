package io.exchequer.admin;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.exchequer.admin.Platform.Answer;
import io.exchequer.configuration.ConfigurationSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/** What administrators write wrongly, at the same time, or while the database fails. */
class AdministrationIT {

	private static final String TENANTS = """
			tenants:
			  - name: alpha
			    teams:
			      - {name: core, projects: [{name: app, keys: [{name: key}]}]}
			      - {name: other, projects: [{name: others, keys: [{name: key}]}]}
			  - name: beta
			    teams:
			      - {name: core, projects: [{name: app, keys: [{name: key}]}]}
			      - {name: single, projects: [{name: only}]}
			""";

	private static final String FAILING_TEAMS = """
			CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN
				RAISE EXCEPTION 'as the test wants' USING ERRCODE = NEW.display_name;
			END
			$$;
			CREATE TRIGGER fail BEFORE INSERT ON team FOR EACH ROW WHEN (NEW.name = 'failing') EXECUTE FUNCTION fail()""";

	private static Platform platform;

	private static JdbcClient owner;

	@BeforeAll
	static void start() {
		platform = new Platform();
		owner = JdbcClient.create(platform.database().owner());
		owner.sql(FAILING_TEAMS).update();
		assertThat(platform.yaml("/admin/v1/apply", TENANTS).status()).isEqualTo(200);
		platform.bean(ConfigurationSource.class).refresh();
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	private static String idOf(String path) {
		return platform.get("/admin/v1/" + path).at("/id");
	}

	private static String token(String role, String team) {
		Map<String, String> body = new HashMap<>(Map.of("name", role + "-" + team, "role", role));
		if (team != null) {
			body.put("team", team);
		}
		Answer issued = platform.admin("POST", "/admin/v1/admin-tokens?tenant=alpha", body);
		assertThat(issued.status()).as(issued.text()).isEqualTo(201);
		return issued.at("/secret");
	}

	@ParameterizedTest
	@ValueSource(strings = { "teams/core", "projects/app" })
	void wantsTheTenantToBeSaidWhereSeveralHaveTheName(String path) {
		for (String method : List.of("GET", "DELETE")) {
			Answer answer = platform.admin(method, "/admin/v1/" + path, null);
			assertThat(answer.status()).as(method + ": " + answer.text()).isEqualTo(422);
			assertThat(answer.at("/errors/0/code")).isEqualTo("tenant_required");
		}
		for (String tenant : List.of("alpha", "beta")) {
			Answer answer = platform.get("/admin/v1/" + path + "?tenant=" + tenant);
			assertThat(answer.status()).as(answer.text()).isEqualTo(200);
			assertThat(answer.json().at("/archivedAt").isMissingNode()).isTrue();
		}
	}

	@Test
	void findsTheNameThatOneTenantHas() {
		assertThat(platform.get("/admin/v1/teams/single").at("/name")).isEqualTo("single");
		assertThat(platform.get("/admin/v1/projects/only").at("/name")).isEqualTo("only");
		Answer explained = explain(Platform.ADMIN, "app/key");
		assertThat(explained.at("/errors/0/code")).as(explained.text()).isEqualTo("tenant_required");
	}

	@Test
	void takesAnIdentifierForOneWhateverIsNamedLikeIt() {
		String team = idOf("teams/single");
		// As earlier versions let it be named.
		owner.sql("""
				INSERT INTO team (tenant_id, id, name, display_name, created_at)
				SELECT id, gen_random_uuid(), ?, 'An impostor', now() FROM tenant""").param(team).update();
		assertThat(platform.get("/admin/v1/teams/" + team).at("/name")).isEqualTo("single");
		Answer named = platform.admin("POST", "/admin/v1/teams?tenant=alpha", Map.of("name", idOf("projects/only")));
		assertThat(named.at("/errors/0/code")).isEqualTo("name_like_identifier");
	}

	@Test
	void putsABudgetAboveTheModelOfAnIdentifierWhateverIsNamedLikeIt() {
		Map<String, Integer> capabilities = Map.of("contextWindow", 1000, "maxOutput", 100);
		for (String name : List.of("an-impostor", "the-model")) {
			Answer made = platform.admin("POST", "/admin/v1/models",
					Map.of("name", name, "capabilities", capabilities));
			assertThat(made.status()).as(made.text()).isEqualTo(201);
		}
		String id = idOf("models/the-model");
		// As earlier versions let it be named.
		owner.sql("UPDATE model SET name = ? WHERE name = 'an-impostor'").param(id).update();
		Answer budget = platform.admin("POST", "/admin/v1/budgets?tenant=alpha", Map.of("name", "of-a-model", "scope",
				Map.of("type", "model", "name", id), "window", "year", "currency", "USD", "hardLimit", "1"));
		assertThat(budget.status()).as(budget.text()).isEqualTo(201);
		assertThat(budget.at("/scopeId")).isEqualTo(id);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					POST | teams?tenant=alpha | {"name": "x", "displayName": "a\\u0000b"}
					POST | teams?tenant=alpha | {"name": "x", "displayName": "a\\nb"}
					POST | teams?tenant=alpha | {"name": "x", "displayName": "\\ud800"}
					POST | teams?tenant=alpha | {"name": "x", "costCentre": "a\\u001bb"}
					POST | keys?tenant=alpha | {"name": "x", "project": "app", "allowedNames": ["\\u0000"]}
					POST | keys?tenant=alpha | {"name": "x", "project": "app", "expiresAt": "+999999999-01-01T00:00:00Z"}
					POST | keys?tenant=alpha | {"name": "x", "project": "\\u0000"}
					POST | users | {"email": "a\\u0000@b"}
					POST | users | {"email": "a@b", "displayName": "\\u0007"}
					POST | admin-tokens | {"name": "a\\u0000", "role": "platform-auditor"}
					POST | routing-policies?tenant=alpha | {"name": "\\u0000", "task": "x", "candidates": [{"name": "x"}]}
					POST | budgets?tenant=alpha | {"name": "\\u0000", "window": "month", "currency": "USD", "hardLimit": "1"}
					POST | models | {"name": "x", "displayName": "\\u0000", "capabilities": {"contextWindow": 9, "maxOutput": 1}}
					POST | apply | {"tenants": [{"name": "x", "displayName": "\\u0000"}]}
					GET | keys?tenant=%00 |
					GET | teams/%01?tenant=%00 |
					GET | audit?resource=%00 |
					GET | price-cards?deployment=%00 |
					GET | ledger?tenant=alpha&from=%2B999999999-01-01T00:00:00Z |
					GET | usage?tenant=alpha&to=-999999999-01-01T00:00:00Z |
					GET | ledger?tenant=alpha&cursor=%2B999999999-01-01T00:00:00Z_00000000-0000-0000-0000-000000000000 |
					""")
	void refusesWhatCannotBeKept(String method, String path, String body) {
		Answer answer = platform.admin(method, "/admin/v1/" + path, body);
		assertThat(answer.status()).as(answer.text()).isEqualTo(422);
		assertThat(answer.response().headers().firstValue("Content-Type")).contains("application/problem+json");
	}

	@Test
	void refusesControlCharactersInAFileToo() {
		Answer answer = platform.yaml("/admin/v1/apply", "tenants: [{name: x, displayName: \"a\\0b\"}]");
		assertThat(answer.status()).as(answer.text()).isEqualTo(422);
	}

	@ParameterizedTest
	@CsvSource({ "40P01, 503", "40001, 503", "55P03, 503", "57014, 503", "57P01, 503", "08006, 503", "53300, 503",
			"53100, 503", "22021, 422", "22003, 422", "23505, 409" })
	void tellsWhatTheDatabaseFailedAt(String state, int status) {
		Answer answer = platform.admin("POST", "/admin/v1/teams?tenant=alpha",
				Map.of("name", "failing", "displayName", state));
		assertThat(answer.status()).as(answer.text()).isEqualTo(status);
		assertThat(answer.response().headers().firstValue("Retry-After").isPresent()).isEqualTo(status == 503);
	}

	@Test
	void saysWhenToAskAgainWhereNobodyCanBeLookedUp() {
		owner.sql("ALTER TABLE admin_token RENAME TO admin_token_away").update();
		try {
			Answer answer = platform.get("/admin/v1/teams");
			assertThat(answer.status()).isEqualTo(503);
			assertThat(answer.at("/code")).isEqualTo("unavailable");
			assertThat(answer.response().headers().firstValue("Retry-After")).contains("1");
		}
		finally {
			owner.sql("ALTER TABLE admin_token_away RENAME TO admin_token").update();
		}
	}

	@Test
	void neverSaysInTheAuditWhatWasNotThereBefore() throws SQLException {
		String project = platform
			.admin("POST", "/admin/v1/projects?tenant=alpha",
					Map.of("name", "contested", "team", "core", "displayName", "First"))
			.at("/id");
		CompletableFuture<Answer> update;
		try (Connection other = platform.database().owner().getConnection()) {
			other.setAutoCommit(false);
			// The administrator's request has read the project by the time it waits here.
			other.createStatement().execute("LOCK TABLE team IN ACCESS EXCLUSIVE MODE");
			update = CompletableFuture.supplyAsync(() -> platform.admin("PUT", "/admin/v1/projects/" + project,
					Map.of("name", "contested", "team", "core", "displayName", "Third")));
			Awaitility.await().until(AdministrationIT::somebodyWaits);
			other.createStatement()
				.execute("UPDATE project SET display_name = 'Second', version = version + 1 WHERE name = 'contested'");
			other.commit();
		}
		assertThat(update.join().at("/code")).isEqualTo("changed_meanwhile");
		assertThat(platform.get("/admin/v1/projects/" + project).at("/displayName")).isEqualTo("Second");
		Answer again = platform.admin("PUT", "/admin/v1/projects/" + project,
				Map.of("name", "contested", "team", "core", "displayName", "Third"));
		assertThat(again.status()).as(again.text()).isEqualTo(200);
		Answer event = platform.get("/admin/v1/audit?tenant=alpha&resource=project&limit=1");
		assertThat(event.at("/items/0/before/displayName")).isEqualTo("Second");
		assertThat(event.at("/items/0/after/displayName")).isEqualTo("Third");
	}

	private static boolean somebodyWaits() {
		return owner.sql("""
				SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'team'::regclass AND NOT granted)""")
			.query(Boolean.class)
			.single();
	}

	@Test
	void tellsATenantsAdministratorNothingOfOtherTenantsPeople() {
		String admin = token("tenant-admin", null);
		platform.admin("POST", "/admin/v1/users", Map.of("email", "stranger@example.com"));
		platform.admin("POST", "/admin/v1/users", Map.of("email", "ann@example.com"));
		platform.admin("POST", "/admin/v1/memberships?tenant=beta",
				Map.of("email", "stranger@example.com", "role", "auditor"));
		platform.admin("POST", "/admin/v1/memberships?tenant=alpha",
				Map.of("email", "ann@example.com", "role", "auditor"));
		Answer nobody = join(admin, "nobody@example.com");
		Answer stranger = join(admin, "stranger@example.com");
		assertThat(nobody.at("/errors/0/code")).isEqualTo("unknown_user");
		assertThat(stranger.status()).isEqualTo(nobody.status());
		assertThat(stranger.text()).isEqualTo(nobody.text());
		assertThat(join(admin, "ann@example.com").status()).isEqualTo(201);
		assertThat(join(Platform.ADMIN, "stranger@example.com").status()).isEqualTo(201);
	}

	private static Answer join(String token, String email) {
		return platform.send("POST", "/admin/v1/memberships?tenant=alpha", token,
				Map.of("email", email, "role", "tenant-admin"));
	}

	@Test
	void explainsByNoOtherTeamsKey() {
		for (String role : List.of("team-lead", "member")) {
			String token = token(role, "other");
			assertThat(explain(token, "others/key").status()).as(role).isEqualTo(200);
			assertThat(explain(token, "app/key").status()).as(role).isEqualTo(404);
		}
	}

	private static Answer explain(String token, String key) {
		return platform.send("POST", "/admin/v1/routing-policies/explain", token, Map.of("key", key, "request",
				Map.of("model", "none", "messages", List.of(Map.of("role", "user", "content", "Hello")))));
	}

}
