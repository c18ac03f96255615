package io.exchequer.admin;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.exchequer.admin.Platform.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Sessions, tokens, and what one tenant sees of another: nothing. */
class AccessIT {

	private static final String TENANTS = """
			tenants:
			  - name: alpha
			    teams: [{name: team, projects: [{name: project, keys: [{name: key}]}]}]
			    budgets: [{name: month, window: month, currency: USD, hardLimit: "10"}]
			  - name: beta
			    teams: [{name: team, projects: [{name: project, keys: [{name: key}]}]}]
			    budgets: [{name: month, window: month, currency: USD, hardLimit: "10"}]
			""";

	private static Platform platform;

	private static String alpha;

	@BeforeAll
	static void start() {
		platform = new Platform();
		assertThat(platform.yaml("/admin/v1/apply", TENANTS).status()).isEqualTo(200);
		alpha = token("alpha", "tenant-admin");
		platform.admin("POST", "/admin/v1/users",
				Map.of("email", "Ann@Example.com", "password", "correct horse battery"));
		platform.admin("POST", "/admin/v1/memberships?tenant=alpha",
				Map.of("email", "ann@example.com", "role", "tenant-admin"));
		platform.admin("POST", "/admin/v1/memberships?tenant=beta",
				Map.of("email", "ann@example.com", "role", "auditor"));
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	private static String token(String tenant, String role) {
		Answer issued = platform.admin("POST", "/admin/v1/admin-tokens?tenant=" + tenant,
				Map.of("name", role + tenant, "role", role));
		assertThat(issued.status()).as(issued.text()).isEqualTo(201);
		return issued.at("/secret");
	}

	private static String idOf(String resource) {
		return platform.get("/admin/v1/" + resource + "?tenant=beta").at("/items/0/id");
	}

	@Test
	void wantsSomebodyToBeSignedIn() {
		assertThat(platform.send("GET", "/admin/v1/tenants", null, null).at("/code")).isEqualTo("not_signed_in");
		assertThat(platform.send("GET", "/admin/v1/tenants", "no-such-token-at-all", null).at("/code"))
			.isEqualTo("invalid_token");
		assertThat(platform.send("GET", "/actuator/env", Platform.ADMIN, null).status()).isIn(403, 404);
	}

	@Test
	void isOpenWhereNothingIsSecret() {
		assertThat(platform.send("GET", "/actuator/health/liveness", null, null).status()).isEqualTo(200);
		assertThat(platform.send("GET", "/actuator/prometheus", null, null).status()).isEqualTo(200);
		Answer page = platform.send("GET", "/", null, null);
		assertThat(page.status()).isEqualTo(200);
		assertThat(page.response().headers().firstValue("Content-Security-Policy").orElse(""))
			.contains("frame-ancestors 'none'");
		assertThat(page.response().headers().firstValue("X-Content-Type-Options")).contains("nosniff");
	}

	@Test
	void keepsMetricsFromThoseBehindAProxy() {
		Answer answer = platform.send((request) -> request.header("X-Forwarded-For", "203.0.113.9"), "GET",
				"/actuator/prometheus", "", null);
		assertThat(answer.status()).isEqualTo(401);
	}

	@Test
	void showsATenantsTokenNothingOfAnotherTenant() {
		List<String> paths = Stream.of("teams", "projects", "keys", "budgets")
			.map((resource) -> resource + "/" + idOf(resource))
			.toList();
		for (String path : paths) {
			assertThat(platform.get("/admin/v1/" + path).status()).as(path).isEqualTo(200);
			for (String method : List.of("GET", "DELETE")) {
				Answer answer = platform.send(method, "/admin/v1/" + path, alpha, null);
				assertThat(answer.status()).as(method + " " + path).isEqualTo(404);
			}
		}
		assertThat(platform.send("POST", "/admin/v1/keys/" + idOf("keys") + "/rotate", alpha, null).status())
			.isEqualTo(404);
		for (String list : List.of("teams", "projects", "keys", "budgets", "routing-policies", "audit", "memberships",
				"ledger", "usage", "export")) {
			assertThat(platform.send("GET", "/admin/v1/" + list + "?tenant=beta", alpha, null).status()).as(list)
				.isEqualTo(404);
			assertThat(platform.send("GET", "/admin/v1/" + list, alpha, null).status()).as(list).isEqualTo(200);
		}
		assertThat(platform.send("GET", "/admin/v1/tenants", alpha, null).json().at("/items")).hasSize(1);
		assertThat(platform.send("GET", "/admin/v1/tenants/beta", alpha, null).status()).isEqualTo(404);
		String other = platform.get("/admin/v1/tenants/beta").at("/id");
		assertThat(platform.send("GET", "/admin/v1/keys", alpha, null).text()).doesNotContain(other);
	}

	@Test
	void showsATenantsTokenNoAccessOfAnotherTenant() {
		String member = idOf("memberships");
		assertThat(platform.send("DELETE", "/admin/v1/memberships/" + member, alpha, null).status()).isEqualTo(404);
		Answer token = platform.admin("POST", "/admin/v1/admin-tokens?tenant=beta",
				Map.of("name", "betas-own", "role", "tenant-admin"));
		for (String method : List.of("GET", "DELETE")) {
			assertThat(platform.send(method, "/admin/v1/admin-tokens/" + token.at("/id"), alpha, null).status())
				.isEqualTo(404);
		}
		Answer stranger = platform.admin("POST", "/admin/v1/users", Map.of("email", "stranger@example.com"));
		assertThat(stranger.status()).as(stranger.text()).isEqualTo(201);
		assertThat(platform.send("GET", "/admin/v1/users/" + stranger.at("/id"), alpha, null).status()).isEqualTo(404);
		assertThat(platform.send("GET", "/admin/v1/users", alpha, null).text()).contains("ann@example.com")
			.doesNotContain("stranger");
		assertThat(platform.send("PUT", "/admin/v1/users/" + stranger.at("/id"), alpha, Map.of("displayName", "Taken"))
			.status()).isEqualTo(403);
	}

	@Test
	void keepsATeamsLeadWithinTheTeam() {
		platform.admin("POST", "/admin/v1/teams?tenant=alpha", Map.of("name", "other"));
		Answer issued = platform.admin("POST", "/admin/v1/admin-tokens?tenant=alpha",
				Map.of("name", "lead", "role", "team-lead", "team", "other"));
		String lead = issued.at("/secret");
		assertThat(platform.send("GET", "/admin/v1/keys", lead, null).json().at("/items")).isEmpty();
		String key = platform.send("GET", "/admin/v1/keys", alpha, null).at("/items/0/id");
		assertThat(platform.send("DELETE", "/admin/v1/keys/" + key, lead, null).status()).isEqualTo(404);
		assertThat(platform.send("POST", "/admin/v1/keys", lead, Map.of("name", "mine", "project", "project")).status())
			.isEqualTo(403);
		assertThat(platform.send("POST", "/admin/v1/projects", lead, Map.of("name", "ours", "team", "other")).status())
			.isEqualTo(201);
		assertThat(platform.send("POST", "/admin/v1/projects", lead, Map.of("name", "theirs", "team", "team")).status())
			.isEqualTo(403);
		assertThat(platform.send("POST", "/admin/v1/keys", lead, Map.of("name", "mine", "project", "ours")).status())
			.isEqualTo(201);
		assertThat(platform.send("GET", "/admin/v1/ledger", lead, null).status()).isEqualTo(200);
	}

	@Test
	void wantsTheForgeryTokenHoweverThePathIsWritten() {
		Answer signedIn = platform.send("POST", "/admin/v1/session", null,
				Map.of("email", "ann@example.com", "password", "correct horse battery"));
		String session = cookie(signedIn, "EXCHEQUER_SESSION");
		String pair = session.substring(0, session.indexOf(';'));
		for (String path : List.of("/%61dmin/v1/teams", "/admin/v1/%74eams", "/admin/v1/teams")) {
			assertThat(asUser("POST", path, pair, "{\"name\":\"forged\"}").status()).as(path).isEqualTo(403);
		}
	}

	@Test
	void keepsWhatIsSharedFromTenants() {
		assertThat(platform.send("GET", "/admin/v1/models", alpha, null).status()).isEqualTo(200);
		assertThat(platform.send("POST", "/admin/v1/providers", alpha, Map.of("name", "x", "kind", "demo")).status())
			.isEqualTo(403);
		assertThat(platform.send("POST", "/admin/v1/tenants", alpha, Map.of("name", "x")).status()).isEqualTo(403);
		assertThat(platform.send("GET", "/admin/v1/providers", alpha, null).status()).isEqualTo(403);
	}

	@Test
	void letsAnAuditorReadAndNothingElse() {
		String auditor = token("beta", "auditor");
		assertThat(platform.send("GET", "/admin/v1/keys", auditor, null).status()).isEqualTo(200);
		assertThat(platform.send("POST", "/admin/v1/teams", auditor, Map.of("name", "another")).at("/code"))
			.isEqualTo("forbidden");
		assertThat(platform.send("DELETE", "/admin/v1/keys/" + idOf("keys"), auditor, null).status()).isEqualTo(403);
	}

	@Test
	void refusesARevokedToken() {
		Answer issued = platform.admin("POST", "/admin/v1/admin-tokens",
				Map.of("name", "short-lived", "role", "platform-auditor"));
		String secret = issued.at("/secret");
		assertThat(platform.send("GET", "/admin/v1/session", secret, null).at("/roles/0/role"))
			.isEqualTo("platform-auditor");
		platform.admin("DELETE", "/admin/v1/admin-tokens/" + issued.at("/id"), null);
		assertThat(platform.send("GET", "/admin/v1/session", secret, null).status()).isEqualTo(401);
	}

	@Test
	void writesAnAuditRowWithEachChangeAndNoSecret() {
		Answer issued = platform.send("POST", "/admin/v1/keys", alpha, Map.of("name", "audited", "project", "project"));
		assertThat(issued.status()).as(issued.text()).isEqualTo(201);
		Answer audit = platform.send("GET", "/admin/v1/audit?resource=key&limit=1", alpha, null);
		assertThat(audit.at("/items/0/action")).isEqualTo("create");
		assertThat(audit.at("/items/0/resourceName")).isEqualTo("audited");
		assertThat(audit.at("/items/0/actor/role")).isEqualTo("tenant-admin");
		assertThat(audit.text()).doesNotContain(issued.at("/secret"));
		assertThat(platform.send("POST", "/admin/v1/keys", alpha, Map.of("name", "audited", "project", "project"))
			.at("/code")).isEqualTo("name_taken");
		assertThat(platform.send("GET", "/admin/v1/audit?resource=key&limit=1", alpha, null).at("/items/0/id"))
			.isEqualTo(audit.at("/items/0/id"));
	}

	@Test
	void signsPeopleInByPasswordAndWantsTheForgeryTokenForChanges() {
		Answer wrong = platform.send("POST", "/admin/v1/session", null,
				Map.of("email", "ann@example.com", "password", "wrong horse battery"));
		Answer unknown = platform.send("POST", "/admin/v1/session", null,
				Map.of("email", "nobody@example.com", "password", "wrong horse battery"));
		assertThat(wrong.status()).isEqualTo(401);
		assertThat(unknown.text()).isEqualTo(wrong.text());
		Answer signedIn = platform.send("POST", "/admin/v1/session", null,
				Map.of("email", "ann@example.com", "password", "correct horse battery"));
		assertThat(signedIn.status()).as(signedIn.text()).isEqualTo(200);
		String session = cookie(signedIn, "EXCHEQUER_SESSION");
		assertThat(session).contains("HttpOnly").contains("SameSite=Strict");
		String pair = session.substring(0, session.indexOf(';'));
		Answer who = asUser("GET", "/admin/v1/session", pair, null);
		assertThat(who.at("/name")).isEqualTo("ann@example.com");
		assertThat(who.json().at("/roles")).hasSize(2);
		assertThat(asUser("POST", "/admin/v1/teams", pair, "{\"name\":\"forged\"}").status()).isEqualTo(403);
		String token = cookie(who, "XSRF-TOKEN");
		String value = token.substring("XSRF-TOKEN=".length(), token.indexOf(';'));
		Answer created = platform.send(
				(request) -> request.header("Cookie", pair + "; XSRF-TOKEN=" + value).header("X-XSRF-TOKEN", value),
				"POST", "/admin/v1/teams", "application/json", "{\"name\":\"meant\"}");
		assertThat(created.status()).as(created.text()).isEqualTo(201);
		Answer beta = platform.send((request) -> request.header("Cookie", pair).header("X-Exchequer-Tenant", "beta"),
				"GET", "/admin/v1/teams", "", null);
		assertThat(beta.json().at("/items")).hasSize(1);
		assertThat(platform
			.send((request) -> request.header("Cookie", pair + "; XSRF-TOKEN=" + value).header("X-XSRF-TOKEN", value),
					"DELETE", "/admin/v1/session", "", null)
			.status()).isEqualTo(204);
		assertThat(asUser("GET", "/admin/v1/session", pair, null).status()).isEqualTo(401);
	}

	private static Answer asUser(String method, String path, String cookie, String body) {
		return platform.send((request) -> request.header("Cookie", cookie), method, path, "application/json", body);
	}

	private static String cookie(Answer answer, String name) {
		return answer.response()
			.headers()
			.allValues("Set-Cookie")
			.stream()
			.filter((header) -> header.startsWith(name + "="))
			.findFirst()
			.orElseThrow(() -> new AssertionError("no cookie " + name + ": " + answer.response().headers().map()));
	}

	@Test
	void refusesUnknownMembersWrongTypesAndBadPages() {
		assertThat(platform.admin("POST", "/admin/v1/teams?tenant=beta", "{\"name\":\"x\",\"colour\":\"green\"}")
			.at("/errors/0/field")).isEqualTo("colour");
		for (String body : List.of("{\"name\":5}", "{", "{\"name\":\"a\",\"name\":\"b\"}", "[]", "{}",
				"{\"name\":\"Not A Name\"}")) {
			Answer answer = platform.admin("POST", "/admin/v1/teams?tenant=beta", body);
			assertThat(answer.status()).as(body).isEqualTo(422);
			assertThat(answer.at("/code")).as(body).isEqualTo("invalid");
		}
		assertThat(platform.get("/admin/v1/teams?limit=0").status()).isEqualTo(422);
		assertThat(platform.get("/admin/v1/teams?cursor=abc").status()).isEqualTo(422);
		assertThat(platform.get("/admin/v1/keys/not-an-id").status()).isEqualTo(404);
		Answer page = platform.get("/admin/v1/teams?limit=1");
		Answer next = platform.get("/admin/v1/teams?limit=1&cursor=" + page.at("/nextCursor"));
		assertThat(next.at("/items/0/id")).isNotEqualTo(page.at("/items/0/id"));
	}

	@Test
	void showsWhereABudgetStandsInWholeUnits() {
		Answer budget = platform.get("/admin/v1/budgets?tenant=beta");
		assertThat(budget.at("/items/0/budget/hardLimit")).isEqualTo("10");
		assertThat(budget.at("/items/0/balance/remaining")).isEqualTo("10");
		assertThat(budget.at("/items/0/balance/settled")).isEqualTo("0");
	}

	@Test
	void listsBudgetsByPagesAndFindsOneWithoutListing() {
		Answer first = platform.get("/admin/v1/budgets?limit=1");
		assertThat(first.json().at("/items")).hasSize(1);
		Answer second = platform.get("/admin/v1/budgets?limit=1&cursor=" + first.at("/nextCursor"));
		assertThat(second.json().at("/items")).hasSize(1);
		assertThat(second.at("/items/0/id")).isNotEqualTo(first.at("/items/0/id"));
		assertThat(platform.get("/admin/v1/budgets/" + second.at("/items/0/id")).at("/id"))
			.isEqualTo(second.at("/items/0/id"));
		assertThat(platform.get("/admin/v1/budgets?limit=501").status()).isEqualTo(422);
	}

	@Test
	void explainsARequestWithoutSendingIt() {
		Answer answer = platform.admin("POST", "/admin/v1/routing-policies/explain?tenant=beta", Map.of("request",
				Map.of("model", "no-such-model", "messages", List.of(Map.of("role", "user", "content", "Hello")))));
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		assertThat(answer.at("/error/code")).isNotEmpty();
		assertThat(platform
			.admin("POST", "/admin/v1/routing-policies/explain?tenant=beta", Map.of("request", Map.of("model", 7)))
			.status()).isEqualTo(422);
	}

}
