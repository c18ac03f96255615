package io.exchequer.admin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.exchequer.admin.AccessMatrix.Place;
import io.exchequer.admin.AccessMatrix.Request;
import io.exchequer.admin.AccessMatrix.Row;
import io.exchequer.admin.Platform.Answer;
import io.exchequer.configuration.ConfigurationSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Every operation of the admin API, as it answers those who may not do it, what it leaves
 * in the audit, and what it leaves where the audit cannot be written.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessMatrixIT {

	private static final String TENANTS = """
			tenants:
			  - name: alpha
			    teams:
			      - name: team
			        projects:
			          - {name: project, keys: [{name: key, secret: secret-of-alphas-key, allowedNames: ["*"], allowedTasks: ["*"]}]}
			      - name: other
			        projects: [{name: others, keys: [{name: key}]}]
			    routingPolicies: [{name: any, task: "*", candidates: [{name: demo-chat-a}]}]
			  - name: beta
			    teams:
			      - name: team
			        projects:
			          - {name: project, keys: [{name: key, secret: secret-of-betas-key, allowedNames: ["*"], allowedTasks: ["*"]}]}
			    routingPolicies: [{name: any, task: "*", candidates: [{name: demo-chat-a}]}]
			""";

	private static final String BREAKABLE_AUDIT = """
			CREATE TABLE audit_broken ();
			CREATE FUNCTION break_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
			BEGIN
				IF EXISTS (SELECT FROM exchequer.audit_broken) THEN
					RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full';
				END IF;
				RETURN NEW;
			END
			$$;
			CREATE TRIGGER break_audit BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION break_audit()""";

	/**
	 * Signing in is for everybody, in {@code SignInIT}; and where nothing is under an
	 * older master key, moving writes nothing: {@code MasterKeyRotationIT}.
	 */
	private static final Set<String> ELSEWHERE = Set.of("POST /admin/v1/session",
			"POST /admin/v1/master-keys/reencrypt");

	private static final Set<Integer> OK = Set.of(200, 201, 204);

	private static final Map<String, Object> HELLO = Map.of("model", "demo-chat", "messages",
			List.of(Map.of("role", "user", "content", "Hello")));

	private static final Path DESCRIPTION = Path.of("..", "openapi.json");

	private final Platform platform = new Platform();

	private final AccessMatrix matrix = new AccessMatrix(this.platform);

	private final JdbcClient owner = JdbcClient.create(this.platform.database().owner());

	private final Map<String, String> tokens = new HashMap<>();

	private Place alpha;

	private Place beta;

	private String betasId;

	@BeforeAll
	void makeTenants() throws IOException {
		try (InputStream file = AccessMatrixIT.class.getResourceAsStream("/demo-world.yaml")) {
			apply(new String(file.readAllBytes(), StandardCharsets.UTF_8));
		}
		apply(TENANTS);
		this.platform.bean(ConfigurationSource.class).refresh();
		this.alpha = new Place("alpha", "team", "project", ask("secret-of-alphas-key"));
		this.beta = new Place("beta", "team", "project", ask("secret-of-betas-key"));
		this.betasId = this.platform.get("/admin/v1/tenants/beta").at("/id");
		token("admin", "tenant-admin", null);
		token("auditor", "auditor", null);
		token("member", "member", "team");
		token("lead", "team-lead", "other");
		token("platform-auditor", "platform-auditor", null);
		this.owner.sql(BREAKABLE_AUDIT).update();
	}

	@AfterAll
	void stop() {
		this.platform.close();
	}

	@AfterEach
	void mendAudit() {
		this.owner.sql("DELETE FROM audit_broken").update();
	}

	private void apply(String file) {
		Answer applied = this.platform.yaml("/admin/v1/apply", file);
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
	}

	private String ask(String key) {
		Answer answer = this.platform.send("POST", "/v1/chat/completions", key, Map.of("model", "demo-chat",
				"max_tokens", 8, "messages", List.of(Map.of("role", "user", "content", "Hello"))));
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		return answer.response().headers().firstValue("X-Exchequer-Request-Id").orElseThrow();
	}

	/** Makes a token, in alpha where the role is a tenant's or a team's. */
	private void token(String name, String role, String team) {
		Map<String, String> body = new HashMap<>(Map.of("name", name, "role", role));
		if (team != null) {
			body.put("team", team);
		}
		Answer issued = this.platform.admin("POST", "/admin/v1/admin-tokens?tenant=alpha", body);
		assertThat(issued.status()).as(issued.text()).isEqualTo(201);
		this.tokens.put(name, issued.at("/secret"));
	}

	private List<Row> rows() {
		return this.matrix.rows();
	}

	@Test
	void hasARowForEachOperation() throws IOException {
		JsonNode paths = JsonMapper.shared().readTree(Files.readString(DESCRIPTION)).at("/paths");
		Set<String> described = new TreeSet<>();
		paths.properties()
			.forEach((path) -> path.getValue()
				.propertyNames()
				.forEach((method) -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
		Set<String> tested = rows().stream().map(Row::operation).collect(Collectors.toCollection(TreeSet::new));
		tested.addAll(ELSEWHERE);
		assertThat(tested).isEqualTo(described);
	}

	@ParameterizedTest
	@MethodSource("rows")
	void isKeptFromThoseWhoMayNot(Row row) {
		Request betas = row.request().apply(this.beta);
		Request alphas = row.request().apply(this.alpha);
		long before = events();
		Answer stranger = send(row, betas, "admin");
		assertStatus(stranger, row.stranger(), "a stranger");
		assertThat(stranger.text()).doesNotContain(this.betasId);
		assertStatus(send(row, alphas, "lead"), row.lead(), "another team's lead");
		assertStatus(send(row, alphas, "member"), row.member(), "a member");
		assertStatus(send(row, alphas, "auditor"), row.auditor(), "an auditor");
		assertStatus(this.platform.send(row.method(), alphas.path(), "no-such-token-at-all", alphas.body()), 401,
				"nobody");
		Answer elsewhere = sendIn("beta", row, alphas, this.tokens.get("admin"));
		assertStatus(elsewhere, 404, "a stranger who names the tenant");
		assertThat(elsewhere.at("/code")).isEqualTo("tenant_not_found");
		Answer auditor = send(row, betas, "platform-auditor");
		assertThat(auditor.status()).as(auditor.text()).isIn(row.reads() ? OK : Set.of(403));
		assertThat(events()).isEqualTo(before);
		String token = row.tenants() ? this.tokens.get("admin") : Platform.ADMIN;
		assertSucceeds(this.platform.send(row.method(), alphas.path(), token, alphas.body()));
	}

	@ParameterizedTest
	@MethodSource("rows")
	void leavesAnEventForAChangeAndNoChangeWithoutAnEvent(Row row) {
		Request request = row.request().apply(this.beta);
		long before = events();
		if (row.reads()) {
			assertSucceeds(inBeta(row, request));
			assertThat(events()).isEqualTo(before);
			return;
		}
		this.owner.sql("INSERT INTO audit_broken DEFAULT VALUES").update();
		assertStatus(inBeta(row, request), 503, "an administrator while the audit cannot be written");
		this.owner.sql("DELETE FROM audit_broken").update();
		assertThat(events()).isEqualTo(before);
		// Had anything of it stayed, it would be refused now.
		assertSucceeds(inBeta(row, request));
		assertThat(events()).isGreaterThan(before);
	}

	/** Sends as a platform administrator who acts in beta, where that can be done. */
	private Answer inBeta(Row row, Request request) {
		return row.inTenant() ? sendIn("beta", row, request, Platform.ADMIN)
				: this.platform.admin(row.method(), request.path(), request.body());
	}

	private Answer send(Row row, Request request, String who) {
		return this.platform.send(row.method(), request.path(), this.tokens.get(who), request.body());
	}

	private Answer sendIn(String tenant, Row row, Request request, String token) {
		String body = (request.body() != null) ? JsonMapper.shared().writeValueAsString(request.body()) : null;
		return this.platform.send(
				(builder) -> builder.header("Authorization", "Bearer " + token).header("X-Exchequer-Tenant", tenant),
				row.method(), request.path(), "application/json", body);
	}

	private static void assertStatus(Answer answer, int status, String who) {
		assertThat(answer.status()).as(who + ": " + answer.text()).isEqualTo(status);
	}

	private static void assertSucceeds(Answer answer) {
		assertThat(answer.status()).as(answer.text()).isIn(OK);
	}

	private long events() {
		return this.owner.sql("SELECT count(*) FROM audit_event").query(Long.class).single();
	}

	@Test
	void listsNothingOfAnotherTenantWhereNoneIsNamed() {
		for (String list : List.of("tenants", "teams", "projects", "keys", "users", "memberships", "admin-tokens",
				"budgets", "routing-policies", "ledger", "usage", "audit", "export")) {
			Answer own = this.platform.send("GET", "/admin/v1/" + list, this.tokens.get("admin"), null);
			assertStatus(own, 200, list);
			assertThat(own.text()).as(list).doesNotContain(this.betasId).doesNotContain("beta");
		}
	}

	@Test
	void takesNothingOfAnotherTenantIntoItsOwn() {
		String team = idOf("teams", "beta");
		String project = idOf("projects", "beta");
		String key = idOf("keys", "beta");
		String own = idOf("keys", "alpha");
		refuses(404, "POST", "projects", Map.of("name", "captured", "team", team));
		refuses(404, "PUT", "projects/project", Map.of("name", "project", "team", team));
		refuses(404, "POST", "keys", Map.of("name", "captured", "project", project));
		refuses(404, "PUT", "keys/" + own, Map.of("name", "key", "project", project));
		refuses(404, "POST", "memberships", Map.of("email", "nobody@example.com", "role", "member", "team", team));
		refuses(404, "POST", "admin-tokens", Map.of("name", "captured", "role", "team-lead", "team", team));
		refuses(404, "POST", "routing-policies/explain", Map.of("key", key, "request", HELLO));
		refuses(404, "POST", "routing-policies/explain", Map.of("project", project, "request", HELLO));
		String budget = this.platform.admin("POST", "/admin/v1/budgets?tenant=alpha", AccessMatrix.budget("own", "10"))
			.at("/id");
		for (Map.Entry<String, String> scope : Map.of("team", team, "project", project, "key", key).entrySet()) {
			Map<String, Object> body = new HashMap<>(AccessMatrix.budget("own", "10"));
			body.put("scope", Map.of("type", scope.getKey(), "name", scope.getValue()));
			refuses(422, "PUT", "budgets/" + budget, body);
			body.put("name", "captured");
			refuses(422, "POST", "budgets", body);
		}
	}

	@Test
	void givesNobodyMoreThanTheyHave() {
		refuses(403, "POST", "admin-tokens", Map.of("name", "rising", "role", "platform-admin"));
		refuses(403, "POST", "admin-tokens", Map.of("name", "rising", "role", "platform-auditor"));
		refuses(422, "POST", "memberships", Map.of("email", "nobody@example.com", "role", "platform-admin"));
		refuses(403, "POST", "keys", Map.of("name", "given", "project", "project", "secret", "a-secret-of-its-own"));
	}

	private void refuses(int status, String method, String path, Object body) {
		long before = events();
		Answer answer = this.platform.send(method, "/admin/v1/" + path, this.tokens.get("admin"), body);
		assertStatus(answer, status, method + " " + path);
		assertThat(events()).isEqualTo(before);
	}

	@Test
	void tellsNoCostsOfAnotherTenantWhateverIsAskedFor() {
		assertThat(costs(Platform.ADMIN, "ledger?tenant=beta&team=" + idOf("teams", "beta")).json().at("/items"))
			.isNotEmpty();
		for (String question : List.of("ledger?team=" + idOf("teams", "beta"),
				"ledger?project=" + idOf("projects", "beta"), "ledger?key=" + idOf("keys", "beta"),
				"ledger?request=" + this.beta.request(), "usage?team=" + idOf("teams", "beta"))) {
			assertThat(costs(this.tokens.get("admin"), question).json().at("/items")).as(question).isEmpty();
		}
		Answer request = this.platform.send("GET", "/v1/requests/" + this.beta.request(), "secret-of-alphas-key", null);
		assertStatus(request, 404, "another tenant's key");
	}

	@Test
	void keepsATeamsLeadToTheirTeam() {
		String lead = this.tokens.get("lead");
		String team = idOf("teams", "alpha");
		Map<String, String> moved = Map.of("name", "others", "team", "team");
		assertStatus(this.platform.send("PUT", "/admin/v1/projects/others", lead, moved), 403, "moving a project away");
		for (String question : List.of("ledger", "ledger?project=" + idOf("projects", "alpha"), "usage?by=project")) {
			assertThat(costs(lead, question).json().at("/items")).as(question).isEmpty();
		}
		assertStatus(this.platform.send("GET", "/admin/v1/usage?team=" + team, lead, null), 422, "another team's");
		assertThat(this.platform.send("GET", "/admin/v1/keys", lead, null).json().at("/items")).hasSize(1);
	}

	private Answer costs(String token, String question) {
		Answer answer = this.platform.send("GET", "/admin/v1/" + question, token, null);
		assertStatus(answer, 200, question);
		return answer;
	}

	/** Returns the identifier of the first that a tenant had. */
	private String idOf(String resource, String tenant) {
		return this.platform.get("/admin/v1/" + resource + "?limit=1&tenant=" + tenant).at("/items/0/id");
	}

	@Test
	void neverChangesAnEvent() {
		JdbcClient console = JdbcClient.create(this.platform.database().console("*"));
		for (String change : List.of("UPDATE audit_event SET actor_name = 'nobody'", "DELETE FROM audit_event",
				"TRUNCATE audit_event")) {
			assertThatFails(this.owner, change, "audit events are never changed");
			assertThatFails(console, change, "permission denied");
		}
	}

	private static void assertThatFails(JdbcClient jdbc, String statement, String reason) {
		assertThatException().isThrownBy(() -> jdbc.sql(statement).update()).withStackTraceContaining(reason);
	}

}
