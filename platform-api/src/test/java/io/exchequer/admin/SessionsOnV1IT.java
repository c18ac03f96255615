package io.exchequer.admin;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import io.exchequer.admin.Platform.Answer;
import io.exchequer.configuration.ConfigurationSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * People ask the AI APIs with the session they signed in to the console with: which
 * projects are open to whom, what they may ask for, and who pays.
 */
class SessionsOnV1IT {

	private static final String CHAT = "/v1/chat/completions";

	private static final String PASSWORD = "correct horse battery";

	/**
	 * Beside the demo world: tenants with a portal key, without one, and with a limit.
	 */
	private static final String TENANTS = """
			tenants:
			  - name: acme
			    teams:
			      - name: research
			        costCentre: CC-1
			        projects:
			          - name: lab
			            tags: [lab]
			            keys:
			              - {name: machine, allowedNames: ["*"], allowedTasks: ["*"]}
			              - {name: people, allowedNames: [demo-chat], allowedTasks: [chat], portal: true}
			          - name: closed
			            keys: [{name: machine, allowedNames: ["*"], allowedTasks: ["*"]}]
			          - name: poor
			            keys: [{name: people, allowedNames: ["*"], allowedTasks: ["*"], portal: true}]
			      - name: sales
			        projects:
			          - name: shop
			            keys: [{name: people, allowedNames: ["*"], allowedTasks: ["*"], portal: true}]
			    budgets:
			      - {name: year, window: year, currency: USD, hardLimit: "100"}
			      - {name: poor, scope: {type: project, name: poor}, window: year, currency: USD, hardLimit: "0.0000001"}
			    routingPolicies:
			      - {name: any, task: "*", candidates: [{name: demo-chat-a}], dataClass: internal}
			  - name: beta
			    teams:
			      - name: research
			        projects:
			          - name: lab
			            keys: [{name: people, allowedNames: ["*"], allowedTasks: ["*"], portal: true}]
			""";

	private static Platform platform;

	private static String annsId;

	/** A member of research in acme, and nobody anywhere else. */
	private Browser ann;

	@BeforeAll
	static void start() throws IOException {
		platform = new Platform();
		try (InputStream file = SessionsOnV1IT.class.getResourceAsStream("/demo-world.yaml")) {
			String world = new String(file.readAllBytes(), StandardCharsets.UTF_8);
			assertThat(platform.yaml("/admin/v1/apply", world).status()).isEqualTo(200);
		}
		Answer applied = platform.yaml("/admin/v1/apply", TENANTS);
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
		annsId = person("ann@example.com", "acme", "member", "research");
		person("tom@example.com", "acme", "tenant-admin", null);
		person("ada@example.com", "acme", "auditor", null);
		person("sue@example.com", "acme", "team-lead", "sales");
		platform.admin("POST", "/admin/v1/users",
				Map.of("email", "root@example.com", "password", PASSWORD, "platformRole", "platform-admin"));
		platform.bean(ConfigurationSource.class).refresh();
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	private static String person(String email, String tenant, String role, String team) {
		Answer user = platform.admin("POST", "/admin/v1/users", Map.of("email", email, "password", PASSWORD));
		assertThat(user.status()).as(user.text()).isEqualTo(201);
		Map<String, String> membership = (team != null) ? Map.of("email", email, "role", role, "team", team)
				: Map.of("email", email, "role", role);
		Answer member = platform.admin("POST", "/admin/v1/memberships?tenant=" + tenant, membership);
		assertThat(member.status()).as(member.text()).isEqualTo(201);
		return user.at("/id");
	}

	@BeforeEach
	void signIn() {
		this.ann = Browser.signedIn("ann@example.com");
	}

	@Test
	void chargesThePortalKeyOfTheNamedProjectAndSaysWhoAsked() {
		Answer answer = this.ann.chat("X-Exchequer-Project", "lab", "X-Exchequer-Tags", "mine");
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		String request = answer.response().headers().firstValue("X-Exchequer-Request-Id").orElseThrow();
		Answer line = platform.get("/admin/v1/ledger?tenant=acme&request=" + request);
		assertThat(line.json().at("/items")).hasSize(1);
		assertThat(line.at("/items/0/key")).isEqualTo(key("lab", "people"));
		assertThat(line.at("/items/0/costCentre")).isEqualTo("CC-1");
		assertThat(line.json().at("/items/0/tags").valueStream().map((tag) -> tag.asString())).containsExactly("lab",
				"mine", "user:" + annsId);
		assertThat(new BigDecimal(line.at("/items/0/amount")))
			.isEqualByComparingTo(answer.response().headers().firstValue("X-Exchequer-Cost").orElseThrow());
		Answer cost = this.ann.get("/v1/requests/" + request, "X-Exchequer-Project", "lab");
		assertThat(cost.at("/id")).as(cost.text()).isEqualTo(request);
		assertThat(this.ann.get("/v1/requests/" + request, "X-Exchequer-Project", "poor").status()).isEqualTo(404);
	}

	@Test
	void takesAProjectByItsIdentifierToo() {
		String id = platform.get("/admin/v1/projects?tenant=acme")
			.json()
			.at("/items")
			.valueStream()
			.filter((project) -> project.at("/name").asString().equals("lab"))
			.findFirst()
			.orElseThrow()
			.at("/id")
			.asString();
		assertThat(this.ann.chat("X-Exchequer-Project", id).status()).isEqualTo(200);
	}

	@Test
	void allowsWhatThePortalKeyAllows() {
		Answer models = this.ann.get("/v1/models", "X-Exchequer-Project", "lab");
		assertThat(models.json().at("/data").valueStream().map((model) -> model.at("/id").asString()))
			.contains("demo-chat")
			.doesNotContain("demo-chat-large", "demo-embedding");
		Answer embeddings = this.ann.post("/v1/embeddings", "{\"model\":\"demo-embedding\",\"input\":\"hi\"}",
				"X-Exchequer-Project", "lab");
		assertThat(embeddings.status()).isEqualTo(403);
		assertThat(embeddings.at("/error/code")).isEqualTo("task_not_allowed");
		assertThat(this.ann
			.post("/v1/embeddings", "{\"model\":\"demo-embedding\",\"input\":\"hi\"}", "X-Exchequer-Project", "poor",
					"X-Exchequer-Task", "embedding")
			.status()).isEqualTo(402);
	}

	@Test
	void keepsTheProjectsBudgets() {
		Answer answer = this.ann.chat("X-Exchequer-Project", "poor");
		assertThat(answer.status()).as(answer.text()).isEqualTo(402);
		assertThat(answer.at("/error/code")).isEqualTo("budget_exceeded");
	}

	@Test
	void boundsAPersonByABudgetOnTheirTag() {
		String id = person("pat@example.com", "acme", "member", "sales");
		Browser pat = Browser.signedIn("pat@example.com");
		assertThat(pat.chat().status()).isEqualTo(200);
		Answer budget = platform.admin("POST", "/admin/v1/budgets?tenant=acme",
				Map.of("name", "pat", "scope", Map.of("type", "tag", "name", "user:" + id), "window", "year",
						"currency", "USD", "hardLimit", "0.0000001"));
		assertThat(budget.status()).as(budget.text()).isEqualTo(201);
		platform.bean(ConfigurationSource.class).refresh();
		assertError(pat.chat(), 402, "budget_exceeded");
		assertError(this.ann.chat("X-Exchequer-Project", "lab", "X-Exchequer-Tags", "user:" + id), 400, "invalid_tags");
		assertThat(Browser.signedIn("sue@example.com").chat().status()).isEqualTo(200);
	}

	@Test
	void wantsTheForgeryTokenForWhatCosts() {
		String pair = this.ann.session();
		for (String cookies : List.of(pair, pair + "; XSRF-TOKEN=known", pair + "; XSRF-TOKEN=")) {
			assertError(send("POST", CHAT, "Cookie", cookies, "X-Exchequer-Project", "lab"), 403,
					"csrf_token_required");
		}
		assertError(send("POST", CHAT, "Cookie", pair + "; XSRF-TOKEN=known", "X-XSRF-TOKEN", "guessed",
				"X-Exchequer-Project", "lab"), 403, "csrf_token_required");
		assertError(send("POST", CHAT, "Cookie", pair, "X-XSRF-TOKEN", "alone", "X-Exchequer-Project", "lab"), 403,
				"csrf_token_required");
		assertThat(send("GET", "/v1/models", "Cookie", pair, "X-Exchequer-Project", "lab").status()).isEqualTo(200);
	}

	@ParameterizedTest
	@ValueSource(strings = { "closed", "shop", "no-such-project", "00000000-0000-0000-0000-000000000000" })
	void opensNoProjectWithoutAPortalKeyOrOfAnotherTeam(String project) {
		assertError(this.ann.chat("X-Exchequer-Project", project), 403, "project_not_allowed");
	}

	@Test
	void opensNothingInAnotherTenant() {
		assertError(this.ann.chat("X-Exchequer-Tenant", "beta", "X-Exchequer-Project", "lab"), 404, "tenant_not_found");
		String theirs = platform.get("/admin/v1/projects?tenant=beta").at("/items/0/id");
		assertError(this.ann.chat("X-Exchequer-Project", theirs), 403, "project_not_allowed");
	}

	@Test
	void asksForTheProjectWhereSeveralAreOpen() {
		Answer answer = this.ann.chat();
		assertError(answer, 400, "project_required");
		assertThat(answer.at("/error/message")).contains("lab, poor").doesNotContain("closed", "shop");
		assertThat(Browser.signedIn("sue@example.com").chat().status()).as("her one project").isEqualTo(200);
	}

	@Test
	void saysHowToTellProjectsOfTheSameNameApart() {
		// A platform role acts in every tenant at once.
		platform.admin("POST", "/admin/v1/users",
				Map.of("email", "max@example.com", "password", PASSWORD, "platformRole", "platform-auditor"));
		for (String tenant : List.of("acme", "beta")) {
			Answer member = platform.admin("POST", "/admin/v1/memberships?tenant=" + tenant,
					Map.of("email", "max@example.com", "role", "member", "team", "research"));
			assertThat(member.status()).as(member.text()).isEqualTo(201);
		}
		Browser max = Browser.signedIn("max@example.com");
		Answer answer = max.chat("X-Exchequer-Project", "lab");
		assertError(answer, 400, "project_required");
		assertThat(answer.at("/error/message")).contains(": lab. ", "X-Exchequer-Tenant", "identifier");
		assertThat(this.ann.chat().at("/error/message")).doesNotContain("X-Exchequer-Tenant");
		assertThat(max.chat("X-Exchequer-Tenant", "acme", "X-Exchequer-Project", "lab").status()).isEqualTo(200);
	}

	@Test
	void isOpenToTheTenantsAdministratorAndNotToThoseWhoOnlyReadOrRunThePlatform() {
		assertThat(Browser.signedIn("tom@example.com").chat("X-Exchequer-Project", "shop").status()).isEqualTo(200);
		assertError(Browser.signedIn("ada@example.com").chat("X-Exchequer-Project", "shop"), 403,
				"project_not_allowed");
		assertError(
				Browser.signedIn("root@example.com").chat("X-Exchequer-Tenant", "acme", "X-Exchequer-Project", "shop"),
				403, "project_not_allowed");
	}

	@Test
	void forgetsAMemberWithTheNextRequestAndAKeyWithItsRevocation() {
		person("tim@example.com", "acme", "member", "sales");
		Browser tim = Browser.signedIn("tim@example.com");
		assertThat(tim.chat().status()).isEqualTo(200);
		platform.get("/admin/v1/memberships?tenant=acme&limit=100")
			.json()
			.at("/items")
			.valueStream()
			.filter((member) -> member.at("/user").asString().equals(tim.id()))
			.forEach(
					(member) -> platform.admin("DELETE", "/admin/v1/memberships/" + member.at("/id").asString(), null));
		assertError(tim.chat(), 403, "project_not_allowed");
		String portal = platform
			.admin("POST", "/admin/v1/keys?tenant=acme", Map.of("name", "people", "project", "closed", "portal", true,
					"allowedNames", List.of("*"), "allowedTasks", List.of("*")))
			.at("/id");
		platform.bean(ConfigurationSource.class).refresh();
		assertThat(this.ann.chat("X-Exchequer-Project", "closed").status()).isEqualTo(200);
		platform.admin("DELETE", "/admin/v1/keys/" + portal, null);
		platform.bean(ConfigurationSource.class).refresh();
		assertError(this.ann.chat("X-Exchequer-Project", "closed"), 403, "project_not_allowed");
	}

	@Test
	void saysThatASessionIsOver() {
		assertThat(this.ann.chat("X-Exchequer-Project", "lab").status()).isEqualTo(200);
		this.ann.signOut();
		assertError(this.ann.chat("X-Exchequer-Project", "lab"), 401, "session_over");
		assertError(send("GET", "/v1/models", "Cookie", "EXCHEQUER_SESSION=bWFkZS11cA=="), 401, "session_over");
		assertError(send("GET", "/v1/models", "Cookie", "other=1"), 401, "invalid_api_key");
	}

	@Test
	void countsAsARequestOfTheSessionAndEndsWithItsIdleTime() {
		long before = this.ann.lastAccess() - Duration.ofMinutes(29).toMillis();
		this.ann.lastAccess(before);
		assertThat(this.ann.get("/v1/models", "X-Exchequer-Project", "lab").status()).isEqualTo(200);
		assertThat(this.ann.lastAccess()).isGreaterThan(before);
		this.ann.lastAccess(before - Duration.ofMinutes(2).toMillis());
		assertError(this.ann.get("/v1/models", "X-Exchequer-Project", "lab"), 401, "session_over");
	}

	@Test
	void takesAKeyBeforeASession() {
		String pair = this.ann.session();
		assertError(send("GET", "/v1/models", "Cookie", pair, "Authorization", "Bearer exq_nobody",
				"X-Exchequer-Project", "lab"), 401, "invalid_api_key");
		assertError(
				send("GET", "/v1/models", "Cookie", pair, "Authorization", "Basic eDp5", "X-Exchequer-Project", "lab"),
				401, "invalid_api_key");
	}

	@Test
	void letsAProjectHaveOnePortalKeyAndExportsIt() {
		Answer second = platform.admin("POST", "/admin/v1/keys?tenant=acme",
				Map.of("name", "second", "project", "lab", "portal", true));
		assertThat(second.status()).isEqualTo(409);
		assertThat(second.at("/code")).isEqualTo("portal_key_taken");
		Answer export = platform.get("/admin/v1/export?tenant=acme");
		assertThat(export.text()).contains("portal");
		Answer again = platform.admin("POST", "/admin/v1/apply", export.text());
		assertThat(again.status()).as(again.text()).isEqualTo(200);
		assertThat(again.at("/unchanged")).isNotEqualTo("0");
		assertThat(again.at("/created") + again.at("/updated")).as(again.text()).isEqualTo("00");
	}

	private static String key(String project, String name) {
		String in = platform.get("/admin/v1/projects?tenant=acme")
			.json()
			.at("/items")
			.valueStream()
			.filter((found) -> found.at("/name").asString().equals(project))
			.findFirst()
			.orElseThrow()
			.at("/id")
			.asString();
		return platform.get("/admin/v1/keys?tenant=acme&limit=100")
			.json()
			.at("/items")
			.valueStream()
			.filter((found) -> found.at("/project").asString().equals(in) && found.at("/name").asString().equals(name))
			.findFirst()
			.orElseThrow()
			.at("/id")
			.asString();
	}

	private static Answer send(String method, String path, String... headers) {
		return sendBody(method, path, method.equals("POST") ? Browser.HELLO : null, headers);
	}

	private static Answer sendBody(String method, String path, String body, String... headers) {
		UnaryOperator<java.net.http.HttpRequest.Builder> with = (request) -> (headers.length > 0)
				? request.headers(headers) : request;
		return platform.send(with, method, path, "application/json", body);
	}

	private static void assertError(Answer answer, int status, String code) {
		assertThat(answer.status()).as(answer.text()).isEqualTo(status);
		assertThat(answer.at("/error/code")).isEqualTo(code);
	}

	/**
	 * Somebody's browser with the console open.
	 *
	 * @param id the user's identifier
	 * @param session the session's cookie
	 * @param forgeryToken what the page repeats in a header
	 */
	private record Browser(String id, String session, String forgeryToken) {

		static final String HELLO = "{\"model\":\"demo-chat\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

		static Browser signedIn(String email) {
			Answer signedIn = platform.send("POST", "/admin/v1/session", null,
					Map.of("email", email, "password", PASSWORD));
			assertThat(signedIn.status()).as(signedIn.text()).isEqualTo(200);
			String session = cookie(signedIn, "EXCHEQUER_SESSION");
			Answer who = platform.send((request) -> request.header("Cookie", session), "GET", "/admin/v1/session", "",
					null);
			String token = cookie(who, "XSRF-TOKEN");
			return new Browser(signedIn.at("/id"), session, token.substring(token.indexOf('=') + 1));
		}

		private static String cookie(Answer answer, String name) {
			return answer.response()
				.headers()
				.allValues("Set-Cookie")
				.stream()
				.filter((header) -> header.startsWith(name + "="))
				.map((header) -> header.substring(0, header.indexOf(';')))
				.findFirst()
				.orElseThrow();
		}

		Answer chat(String... headers) {
			return post(CHAT, HELLO, headers);
		}

		Answer post(String path, String body, String... headers) {
			return sendBody("POST", path, body, with(headers));
		}

		Answer get(String path, String... headers) {
			return sendBody("GET", path, null, with(headers));
		}

		/** Returns when the session was last used, in milliseconds since 1970. */
		long lastAccess() {
			return JdbcClient.create(platform.database().owner())
				.sql("SELECT last_access_time FROM spring_session WHERE session_id = ?")
				.param(sessionId())
				.query(Long.class)
				.single();
		}

		void lastAccess(long at) {
			JdbcClient.create(platform.database().owner())
				.sql("UPDATE spring_session SET last_access_time = ? WHERE session_id = ?")
				.params(at, sessionId())
				.update();
		}

		private String sessionId() {
			byte[] decoded = Base64.getDecoder().decode(this.session.substring(this.session.indexOf('=') + 1));
			return new String(decoded, StandardCharsets.US_ASCII);
		}

		void signOut() {
			assertThat(sendBody("DELETE", "/admin/v1/session", null, with()).status()).isEqualTo(204);
		}

		private String[] with(String... headers) {
			String[] all = new String[headers.length + 4];
			System.arraycopy(headers, 0, all, 4, headers.length);
			all[0] = "Cookie";
			all[1] = this.session + "; XSRF-TOKEN=" + this.forgeryToken;
			all[2] = "X-XSRF-TOKEN";
			all[3] = this.forgeryToken;
			return all;
		}

	}

}
