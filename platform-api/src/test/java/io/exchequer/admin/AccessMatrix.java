package io.exchequer.admin;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

import io.exchequer.admin.Platform.Answer;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.registry.DeploymentQuarantine;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One row for each operation of the admin API: a request that would succeed, and what
 * those are answered who may not make it. Each request aims at a thing of its own, so
 * that it succeeds where it is allowed.
 */
final class AccessMatrix {

	private static final Map<String, Object> PLAIN_MODEL = Map.of("contextWindow", 1000, "maxOutput", 100);

	private static final Object HELLO = Map.of("request",
			Map.of("model", "demo-chat", "messages", List.of(Map.of("role", "user", "content", "Hello"))));

	private final Platform platform;

	private int counter;

	AccessMatrix(Platform platform) {
		this.platform = platform;
	}

	List<Row> rows() {
		return List.of(
				// Tenants, and what is in them.
				shared("GET /admin/v1/tenants", 200, (at) -> to("tenants")),
				shared("POST /admin/v1/tenants", 403, (at) -> to("tenants", Map.of("name", fresh("tenant")))),
				row("GET /admin/v1/tenants/{tenant}", 404, 200, 200, 200, (at) -> to("tenants/" + at.tenant())),
				row("PUT /admin/v1/tenants/{tenant}", 404, 403, 403, 403,
						(at) -> to("tenants/" + at.tenant(),
								Map.of("name", at.tenant(), "displayName", fresh("Tenant")))),
				shared("DELETE /admin/v1/tenants/{tenant}", 403,
						(at) -> to("tenants/" + made("tenants", Map.of("name", fresh("tenant")))))
					.everywhere(),
				row("GET /admin/v1/teams", 404, 200, 200, 200, (at) -> to("teams" + at.query())),
				row("POST /admin/v1/teams", 404, 403, 403, 403,
						(at) -> to("teams" + at.query(), Map.of("name", fresh("team")))),
				row("GET /admin/v1/teams/{team}", 404, 200, 200, 200, (at) -> to("teams/" + team(at))),
				row("PUT /admin/v1/teams/{team}", 404, 403, 403, 403,
						(at) -> to("teams/" + team(at), Map.of("name", fresh("team")))),
				row("DELETE /admin/v1/teams/{team}", 404, 403, 403, 403, (at) -> to("teams/" + team(at))),
				row("GET /admin/v1/projects", 404, 200, 200, 200, (at) -> to("projects" + at.query())),
				row("POST /admin/v1/projects", 404, 403, 403, 403,
						(at) -> to("projects" + at.query(), Map.of("name", fresh("project"), "team", at.team()))),
				row("GET /admin/v1/projects/{project}", 404, 200, 200, 200, (at) -> to("projects/" + project(at))),
				row("PUT /admin/v1/projects/{project}", 404, 403, 403, 403,
						(at) -> to("projects/" + project(at), Map.of("name", fresh("project"), "team", at.team()))),
				row("DELETE /admin/v1/projects/{project}", 404, 403, 403, 403, (at) -> to("projects/" + project(at))),
				row("GET /admin/v1/keys", 404, 200, 200, 200, (at) -> to("keys" + at.query())),
				row("POST /admin/v1/keys", 404, 403, 403, 403,
						(at) -> to("keys" + at.query(), Map.of("name", fresh("key"), "project", at.project()))),
				row("GET /admin/v1/keys/{key}", 404, 404, 200, 200, (at) -> to("keys/" + key(at))),
				row("PUT /admin/v1/keys/{key}", 404, 404, 403, 403,
						(at) -> to("keys/" + key(at), Map.of("name", fresh("key"), "project", at.project()))),
				row("DELETE /admin/v1/keys/{key}", 404, 404, 403, 403, (at) -> to("keys/" + key(at))),
				row("POST /admin/v1/keys/{key}/rotate", 404, 404, 403, 403, (at) -> to("keys/" + key(at) + "/rotate")),
				// Who may do what.
				row("GET /admin/v1/users", 200, 403, 403, 200, (at) -> to("users")),
				shared("POST /admin/v1/users", 403,
						(at) -> to("users", Map.of("email", fresh("user") + "@example.com"))),
				row("GET /admin/v1/users/{id}", 404, 403, 403, 200, (at) -> to("users/" + member(at).user())),
				shared("PUT /admin/v1/users/{id}", 403,
						(at) -> to("users/" + member(at).user(), Map.of("displayName", fresh("User")))),
				row("GET /admin/v1/memberships", 404, 403, 403, 200, (at) -> to("memberships" + at.query())),
				row("POST /admin/v1/memberships", 404, 403, 403, 403,
						(at) -> to("memberships" + at.query(),
								Map.of("email", member(at).email(), "role", "tenant-admin"))),
				row("DELETE /admin/v1/memberships/{id}", 404, 403, 403, 403,
						(at) -> to("memberships/" + member(at).membership())),
				row("GET /admin/v1/admin-tokens", 200, 403, 403, 200, (at) -> to("admin-tokens")),
				row("POST /admin/v1/admin-tokens", 404, 403, 403, 403,
						(at) -> to("admin-tokens" + at.query(), Map.of("name", fresh("token"), "role", "auditor"))),
				row("GET /admin/v1/admin-tokens/{id}", 404, 403, 403, 200, (at) -> to("admin-tokens/" + token(at))),
				row("DELETE /admin/v1/admin-tokens/{id}", 404, 403, 403, 403, (at) -> to("admin-tokens/" + token(at))),
				shared("GET /admin/v1/session", 200, (at) -> to("session")),
				shared("DELETE /admin/v1/session", 204, (at) -> to("session")).reading(),
				// Budgets and policies.
				row("GET /admin/v1/budgets", 404, 200, 200, 200, (at) -> to("budgets" + at.query())),
				row("POST /admin/v1/budgets", 404, 403, 403, 403,
						(at) -> to("budgets" + at.query(), budget(fresh("budget"), "10"))),
				row("GET /admin/v1/budgets/{id}", 404, 200, 200, 200, (at) -> to("budgets/" + budget(at).id())),
				row("PUT /admin/v1/budgets/{id}", 404, 403, 403, 403, (at) -> {
					Made made = budget(at);
					return to("budgets/" + made.id(), budget(made.name(), "11"));
				}), row("DELETE /admin/v1/budgets/{id}", 404, 403, 403, 403, (at) -> to("budgets/" + budget(at).id())),
				row("GET /admin/v1/routing-policies", 404, 200, 200, 200, (at) -> to("routing-policies" + at.query())),
				row("POST /admin/v1/routing-policies", 404, 403, 403, 403,
						(at) -> to("routing-policies" + at.query(), policy(fresh("task"), "demo-chat"))),
				row("POST /admin/v1/routing-policies/explain", 404, 200, 200, 200,
						(at) -> to("routing-policies/explain" + at.query(), HELLO))
					.reading(),
				row("GET /admin/v1/routing-policies/{name}", 404, 200, 200, 200,
						(at) -> to("routing-policies/" + policy(at) + at.query())),
				row("PUT /admin/v1/routing-policies/{name}", 404, 403, 403, 403, (at) -> {
					String name = policy(at);
					return to("routing-policies/" + name + at.query(), policy(name, "demo-chat-large"));
				}),
				row("DELETE /admin/v1/routing-policies/{name}", 404, 403, 403, 403,
						(at) -> to("routing-policies/" + policy(at) + at.query())),
				row("GET /admin/v1/routing-policies/{name}/versions", 404, 200, 200, 200,
						(at) -> to("routing-policies/" + policy(at) + "/versions" + at.query())),
				row("POST /admin/v1/routing-policies/{name}/rollback", 404, 403, 403, 403, (at) -> {
					String name = policy(at);
					made(this.platform.admin("PUT", "/admin/v1/routing-policies/" + name + at.query(),
							policy(name, "demo-chat-large")));
					return to("routing-policies/" + name + "/rollback" + at.query(), Map.of("version", 1));
				}),
				// What was spent, and who changed what.
				row("GET /admin/v1/ledger", 404, 200, 403, 200, (at) -> to("ledger" + at.query())),
				row("GET /admin/v1/usage", 404, 200, 403, 200, (at) -> to("usage" + at.query())),
				row("GET /admin/v1/decisions/{requestId}", 404, 404, 403, 200, (at) -> to("decisions/" + at.request())),
				row("GET /admin/v1/audit", 404, 403, 403, 200, (at) -> to("audit" + at.query())),
				// The configuration as a file.
				row("GET /admin/v1/export", 404, 403, 403, 200, (at) -> to("export" + at.query())),
				shared("POST /admin/v1/apply", 403,
						(at) -> to("apply", Map.of("tenants", List.of(Map.of("name", fresh("tenant")))))),
				// What every tenant shares.
				shared("GET /admin/v1/master-keys", 403, (at) -> to("master-keys")),
				shared("GET /admin/v1/providers", 403, (at) -> to("providers")),
				shared("POST /admin/v1/providers", 403, (at) -> to("providers", provider(fresh("provider"), "demo"))),
				shared("GET /admin/v1/providers/{name}", 403, (at) -> to("providers/" + provider())),
				shared("PUT /admin/v1/providers/{name}", 403, (at) -> {
					String name = provider();
					return to("providers/" + name, provider(name, "minilm"));
				}), shared("DELETE /admin/v1/providers/{name}", 403, (at) -> to("providers/" + provider())),
				shared("GET /admin/v1/providers/{name}/credentials", 403,
						(at) -> to("providers/" + provider() + "/credentials")),
				shared("PUT /admin/v1/providers/{name}/credential", 403,
						(at) -> to("providers/" + provider() + "/credential", Map.of("secret", "a-provider-secret"))),
				shared("DELETE /admin/v1/providers/{name}/credential", 403, (at) -> {
					String path = "providers/" + provider() + "/credential";
					made(this.platform.admin("PUT", "/admin/v1/" + path, Map.of("secret", "a-provider-secret")));
					return to(path);
				}), shared("GET /admin/v1/models", 200, (at) -> to("models")),
				shared("POST /admin/v1/models", 403, (at) -> to("models", model(fresh("model"), "One"))),
				shared("GET /admin/v1/models/{name}", 200, (at) -> to("models/demo-chat")),
				shared("PUT /admin/v1/models/{name}", 403, (at) -> {
					String name = model();
					return to("models/" + name, model(name, "Another"));
				}), shared("DELETE /admin/v1/models/{name}", 403, (at) -> to("models/" + model())),
				shared("GET /admin/v1/aliases", 200, (at) -> to("aliases")),
				shared("POST /admin/v1/aliases", 403, (at) -> to("aliases", alias(fresh("alias"), "demo-chat"))),
				shared("GET /admin/v1/aliases/{name}", 200, (at) -> to("aliases/demo")),
				shared("PUT /admin/v1/aliases/{name}", 403, (at) -> {
					String name = alias();
					return to("aliases/" + name, alias(name, "demo-chat-large"));
				}), shared("DELETE /admin/v1/aliases/{name}", 403, (at) -> to("aliases/" + alias())),
				shared("GET /admin/v1/deployments", 200, (at) -> to("deployments")),
				shared("POST /admin/v1/deployments", 403,
						(at) -> to("deployments", deployment(fresh("deployment"), "internal"))),
				shared("GET /admin/v1/deployments/{name}", 200, (at) -> to("deployments/demo-chat-a")),
				shared("PUT /admin/v1/deployments/{name}", 403, (at) -> {
					String name = deployment().name();
					return to("deployments/" + name, deployment(name, "public"));
				}),
				shared("DELETE /admin/v1/deployments/{name}", 403, (at) -> to("deployments/" + deployment().name())),
				shared("GET /admin/v1/quarantines", 200, (at) -> to("quarantines")),
				shared("DELETE /admin/v1/quarantines/{name}", 403, (at) -> {
					Made made = deployment();
					this.platform.bean(DeploymentQuarantine.class)
						.quarantine(new DeploymentId(UUID.fromString(made.id())), "tested",
								Instant.parse("2026-03-01T12:00:00Z"));
					return to("quarantines/" + made.name());
				}), shared("GET /admin/v1/price-cards", 200, (at) -> to("price-cards")),
				shared("POST /admin/v1/price-cards", 403, (at) -> to("price-cards", priceCard(deployment().name()))),
				shared("GET /admin/v1/price-cards/{id}", 200,
						(at) -> to("price-cards/" + made("price-cards", priceCard(deployment().name())))),
				shared("GET /admin/v1/catalog", 200, (at) -> to("catalog")),
				shared("GET /admin/v1/catalog/{id}", 200, (at) -> to("catalog/tinyllama-1.1b")),
				shared("POST /admin/v1/catalog/{id}/register", 403,
						(at) -> to("catalog/tinyllama-1.1b/register", Map.of("name", fresh("model")))));
	}

	private static Row row(String operation, int stranger, int lead, int member, int auditor,
			Function<Place, Request> request) {
		return new Row(operation, request, stranger, lead, member, auditor, operation.startsWith("GET "), true);
	}

	/** What belongs to no tenant: every tenant's people are answered the same. */
	private static Row shared(String operation, int status, Function<Place, Request> request) {
		return row(operation, status, status, status, status, request);
	}

	private static Request to(String path) {
		return new Request("/admin/v1/" + path, null);
	}

	private static Request to(String path, Object body) {
		return new Request("/admin/v1/" + path, body);
	}

	/** Returns a name that nothing has. */
	String fresh(String what) {
		return what.toLowerCase(Locale.ROOT) + "-" + ++this.counter;
	}

	private String made(String path, Object body) {
		return made(this.platform.admin("POST", "/admin/v1/" + path, body)).at("/id");
	}

	private static Answer made(Answer answer) {
		assertThat(answer.status()).as(answer.text()).isIn(200, 201);
		return answer;
	}

	private String team(Place at) {
		return made("teams" + at.query(), Map.of("name", fresh("team")));
	}

	private String project(Place at) {
		return made("projects" + at.query(), Map.of("name", fresh("project"), "team", at.team()));
	}

	private String key(Place at) {
		return made("keys" + at.query(), Map.of("name", fresh("key"), "project", at.project()));
	}

	private Person member(Place at) {
		String email = fresh("user") + "@example.com";
		String user = made("users", Map.of("email", email));
		return new Person(email, user, made("memberships" + at.query(), Map.of("email", email, "role", "auditor")));
	}

	private String token(Place at) {
		return made("admin-tokens" + at.query(), Map.of("name", fresh("token"), "role", "auditor"));
	}

	private Made budget(Place at) {
		String name = fresh("budget");
		return new Made(name, made("budgets" + at.query(), budget(name, "10")));
	}

	static Map<String, Object> budget(String name, String limit) {
		return Map.of("name", name, "window", "month", "currency", "USD", "hardLimit", limit);
	}

	private String policy(Place at) {
		String name = fresh("task");
		made(this.platform.admin("POST", "/admin/v1/routing-policies" + at.query(), policy(name, "demo-chat")));
		return name;
	}

	private static Map<String, Object> policy(String name, String candidate) {
		return Map.of("name", name, "task", name, "candidates", List.of(Map.of("name", candidate)));
	}

	private String provider() {
		String name = fresh("provider");
		made("providers", provider(name, "demo"));
		return name;
	}

	private static Map<String, Object> provider(String name, String kind) {
		return Map.of("name", name, "kind", kind);
	}

	private String model() {
		String name = fresh("model");
		made("models", model(name, "One"));
		return name;
	}

	private static Map<String, Object> model(String name, String displayName) {
		return Map.of("name", name, "displayName", displayName, "capabilities", PLAIN_MODEL);
	}

	private String alias() {
		String name = fresh("alias");
		made("aliases", alias(name, "demo-chat"));
		return name;
	}

	private static Map<String, Object> alias(String name, String model) {
		return Map.of("name", name, "model", model);
	}

	private Made deployment() {
		String name = fresh("deployment");
		return new Made(name, made("deployments", deployment(name, "internal")));
	}

	private static Map<String, Object> deployment(String name, String dataClass) {
		return Map.of("name", name, "model", "demo-chat", "provider", "demo", "dataClass", dataClass);
	}

	private static Map<String, Object> priceCard(String deployment) {
		return Map.of("deployment", deployment, "currency", "USD", "tiers",
				List.of(Map.of("prices", Map.of("input", "1", "output", "2"))));
	}

	/**
	 * Where something is.
	 *
	 * @param tenant the tenant's name
	 * @param team the name of a team of it
	 * @param project the name of a project of the team
	 * @param request the identifier of a request that the project made
	 */
	record Place(String tenant, String team, String project, String request) {

		String query() {
			return "?tenant=" + this.tenant;
		}

	}

	/**
	 * A request.
	 *
	 * @param path its path with its query
	 * @param body its body, or null
	 */
	record Request(String path, @Nullable Object body) {
	}

	/**
	 * An operation.
	 *
	 * @param operation its method and its path, as the API's description writes it
	 * @param request makes a request that would succeed, at something in a place
	 * @param stranger what another tenant's administrator is answered
	 * @param lead what the lead of another team of the tenant is answered
	 * @param member what a member of the team is answered
	 * @param auditor what an auditor of the tenant is answered
	 * @param reads whether it changes nothing that belongs to anybody else
	 * @param inTenant whether it can be done while acting in one tenant
	 */
	record Row(String operation, Function<Place, Request> request, int stranger, int lead, int member, int auditor,
			boolean reads, boolean inTenant) {

		String method() {
			return this.operation.substring(0, this.operation.indexOf(' '));
		}

		/** Returns whether a tenant's administrator may do it there. */
		boolean tenants() {
			return this.stranger != 403;
		}

		Row reading() {
			return new Row(this.operation, this.request, this.stranger, this.lead, this.member, this.auditor, true,
					this.inTenant);
		}

		Row everywhere() {
			return new Row(this.operation, this.request, this.stranger, this.lead, this.member, this.auditor,
					this.reads, false);
		}

		@Override
		public String toString() {
			return this.operation;
		}

	}

	private record Made(String name, String id) {
	}

	private record Person(String email, String user, String membership) {
	}

}
