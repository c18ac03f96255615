package io.exchequer.gateway;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.exchequer.ExchequerApplication;
import io.exchequer.billing.BudgetAdministration;
import io.exchequer.billing.BudgetDraft;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.Modality;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryCommand.PutModel;
import io.exchequer.registry.RegistryCommand.PutProvider;
import io.exchequer.routing.PolicyAdministration;
import io.exchequer.routing.PolicyDefinition;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.security.Actor;
import io.exchequer.security.CurrentActor;
import io.exchequer.tenancy.IssuedKey;
import io.exchequer.tenancy.KeyAdministration;
import io.exchequer.tenancy.KeyDraft;
import io.exchequer.tenancy.ProjectDraft;
import io.exchequer.tenancy.TeamDraft;
import io.exchequer.tenancy.TenancyAdministration;
import io.exchequer.tenancy.TenantDraft;
import io.exchequer.testing.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The whole platform, started on a database of its own, with a small world: the tenant
 * {@code acme}, the simulator as {@code sim}, the embedding model in the process as
 * {@code minilm}, and {@code wire} at an upstream of the test's own.
 */
final class StartedPlatform implements AutoCloseable {

	private static final Capabilities CHAT = new Capabilities(Set.of(Modality.TEXT, Modality.IMAGE),
			Set.of(Modality.TEXT), true, true, false, 16_384, 4_096, 1_000);

	private static final Capabilities EMBEDDING = new Capabilities(Set.of(Modality.TEXT), Set.of(Modality.EMBEDDING),
			false, false, false, 512, 1, null);

	private final TestDatabase database = TestDatabase.create();

	private final ConfigurableApplicationContext context;

	private final HttpClient client = HttpClient.newHttpClient();

	private final TenantId tenant;

	private final ProjectId project;

	StartedPlatform(String upstreamBaseUrl, String... properties) {
		String masterKey = Base64.getEncoder()
			.encodeToString("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
		this.context = new SpringApplicationBuilder(ExchequerApplication.class).properties(properties)
			.run("--server.port=0", "--spring.datasource.url=" + this.database.jdbcUrl(),
					"--spring.datasource.username=" + this.database.username(),
					"--spring.datasource.password=" + this.database.password(),
					"--exchequer.master-keys=test:" + masterKey, "--exchequer.demo=false");
		this.tenant = inTransaction(() -> tenant("acme"));
		this.project = inTransaction(() -> project(this.tenant));
		inTransaction(() -> {
			registry(upstreamBaseUrl);
			return true;
		});
		refresh();
	}

	int port() {
		return Integer.parseInt(this.context.getEnvironment().getRequiredProperty("local.server.port"));
	}

	String baseUrl() {
		return "http://localhost:" + port() + "/v1";
	}

	/** Makes a key that may ask for anything. */
	String key() {
		return key(List.of("*"), List.of("*"), null).secret();
	}

	IssuedKey key(List<String> names, List<String> tasks, @Nullable Instant expiresAt) {
		IssuedKey issued = inTransaction(
				() -> bean(KeyAdministration.class).createKey(this.tenant, new KeyDraft("key-" + System.nanoTime(),
						this.project, names, tasks, null, null, List.of(), expiresAt, false), null, "test"));
		refresh();
		return issued;
	}

	/** Makes a key with limits for a minute; null is none. */
	IssuedKey limitedKey(@Nullable Integer requestsPerMinute, @Nullable Integer tokensPerMinute) {
		IssuedKey issued = inTransaction(
				() -> bean(KeyAdministration.class)
					.createKey(
							this.tenant, new KeyDraft("key-" + System.nanoTime(), this.project, List.of("*"),
									List.of("*"), requestsPerMinute, tokensPerMinute, List.of(), null, false),
							null, "test"));
		refresh();
		return issued;
	}

	/** Puts a budget of dollars in all above a key. */
	void budget(IssuedKey key, String name, String hardLimit) {
		inTransaction(() -> bean(BudgetAdministration.class).create(this.tenant, new BudgetDraft(name, "key",
				key.key().id().value().toString(), "total", "UTC", "USD", new BigDecimal(hardLimit), null)));
		refresh();
	}

	/** Adds a deployment of a model at the test's upstream, priced as the others. */
	void deployment(String name, String model, String upstreamModel, DataClass dataClass) {
		deployment(name, model, upstreamModel, dataClass, null);
	}

	/** The same, with settings; null is the usual ones. */
	void deployment(String name, String model, String upstreamModel, DataClass dataClass,
			@Nullable DeploymentSettings settings) {
		inTransaction(() -> {
			RegistryAdministration registry = bean(RegistryAdministration.class);
			registry.put(new PutDeployment(name, model, "recorded", upstreamModel, dataClass, settings, true),
					Put.UPSERT);
			registry.add(priceOf(name));
			return true;
		});
		refresh();
	}

	/**
	 * Adds a model, with a deployment {@code <model>-1} of it at a provider of its own.
	 */
	void model(String model, String kind, String baseUrl, String upstreamModel) {
		model(model, kind, baseUrl, upstreamModel, CHAT);
	}

	/** Adds a model that can do what these capabilities say, likewise. */
	void model(String model, String kind, String baseUrl, String upstreamModel, Capabilities capabilities) {
		inTransaction(() -> {
			RegistryAdministration registry = bean(RegistryAdministration.class);
			registry.put(new PutProvider(model + "-provider", kind, baseUrl, Map.of()), Put.UPSERT);
			deployment(registry, model, capabilities, model + "-provider", upstreamModel);
			return true;
		});
		refresh();
	}

	/**
	 * Adds a model of any content and a deployment of it at the test's upstream, both of
	 * one name. Tokens are free; what is priced is in dollars for each bucket's measure.
	 */
	void unitDeployment(String name, Map<UsageBucket, String> prices) {
		Map<UsageBucket, BigDecimal> all = new HashMap<>(
				Map.of(UsageBucket.INPUT, BigDecimal.ZERO, UsageBucket.OUTPUT, BigDecimal.ZERO));
		prices.forEach((bucket, price) -> all.put(bucket, new BigDecimal(price)));
		Capabilities capabilities = new Capabilities(Set.of(Modality.TEXT, Modality.IMAGE),
				Set.of(Modality.IMAGE, Modality.AUDIO, Modality.RANKING, Modality.MODERATION), false, false, false,
				4_096, 4_096, 1_000);
		inTransaction(() -> {
			RegistryAdministration registry = bean(RegistryAdministration.class);
			registry.put(new PutModel(name, null, capabilities, null), Put.UPSERT);
			registry.put(new PutDeployment(name + "-1", name, "recorded", name + "-upstream", DataClass.CONFIDENTIAL,
					EchoUpstream.withoutRetries(), true), Put.UPSERT);
			registry.add(new AddPriceCard(name + "-1", Instant.parse("2026-01-01T00:00:00Z"), "USD",
					List.of(new PriceTier("default", 0, all)), "test", ""));
			return true;
		});
		refresh();
	}

	/**
	 * Adds a model at a server with OpenAI's wire that refuses members it does not know.
	 */
	void strictModel(String model, String baseUrl) {
		inTransaction(() -> {
			RegistryAdministration registry = bean(RegistryAdministration.class);
			registry.put(new PutProvider(model + "-provider", "openai", baseUrl, Map.of("strictMembers", "true")),
					Put.UPSERT);
			deployment(registry, model, CHAT, model + "-provider", "gpt-strict");
			return true;
		});
		refresh();
	}

	/** Adds models that fill in the middle, at the test's upstream and simulated. */
	void codeModels() {
		inTransaction(() -> {
			RegistryAdministration registry = bean(RegistryAdministration.class);
			Capabilities code = new Capabilities(Set.of(Modality.TEXT), Set.of(Modality.TEXT), false, false, true,
					16_384, 4_096, null);
			deployment(registry, "code", code, "recorded", "gpt-upstream");
			deployment(registry, "code-sim", code, "demo", "demo-code");
			return true;
		});
		refresh();
	}

	/** Returns the texts that a query of the database's owner finds. */
	List<String> texts(String sql) {
		return JdbcClient.create(this.database.owner()).sql(sql).query(String.class).list();
	}

	/** Makes a policy that tries its candidates in their order. */
	void policy(String task, DataClass dataClass, String... candidates) {
		List<RoutingPolicy.Candidate> listed = Stream.of(candidates)
			.map((name) -> new RoutingPolicy.Candidate(name, 1))
			.toList();
		inTransaction(() -> bean(PolicyAdministration.class).save(this.tenant,
				new PolicyDefinition(task, task, listed, "ordered", dataClass, null, null, null, null),
				bean(ConfigurationSource.class).current().routing().registry(), "test"));
		refresh();
	}

	void revoke(IssuedKey issued) {
		inTransaction(() -> bean(KeyAdministration.class).revokeKey(this.tenant, issued.key().id()));
		refresh();
	}

	/** Makes a key of another tenant. */
	String keyOfAnotherTenant() {
		String secret = inTransaction(() -> {
			TenantId other = tenant("other");
			return bean(KeyAdministration.class)
				.createKey(other,
						new KeyDraft("key", project(other), List.of("*"), List.of("*"), null, null, List.of(), null,
								false),
						null, "test")
				.secret();
		});
		refresh();
		return secret;
	}

	/** Makes a key of a tenant that has its answers stored. */
	String keyOfStoringTenant() {
		String name = "storing-" + System.nanoTime();
		String secret = inTransaction(() -> {
			TenantId other = bean(TenancyAdministration.class).createTenant(new TenantDraft(name, name, true)).id();
			return bean(KeyAdministration.class)
				.createKey(other,
						new KeyDraft("key", project(other), List.of("*"), List.of("*"), null, null, List.of(), null,
								false),
						null, "test")
				.secret();
		});
		refresh();
		return secret;
	}

	/** Makes a key of another project of the tenant, in a team of its own. */
	String keyOfAnotherProject(String name) {
		String secret = inTransaction(() -> {
			TenancyAdministration tenancy = bean(TenancyAdministration.class);
			var team = tenancy.createTeam(this.tenant, new TeamDraft(name, name, null, List.of())).id();
			ProjectId other = tenancy.createProject(this.tenant, new ProjectDraft(name, team, name, null, List.of()))
				.id();
			return bean(KeyAdministration.class)
				.createKey(this.tenant,
						new KeyDraft(name, other, List.of("*"), List.of("*"), null, null, List.of(), null, false), null,
						"test")
				.secret();
		});
		refresh();
		return secret;
	}

	/** Has the platform notice what was changed as the database's owner. */
	void refreshed() {
		refresh();
	}

	/** Returns a number that a query comes to. */
	long sum(String sql) {
		return JdbcClient.create(this.database.owner()).sql(sql).query(BigDecimal.class).single().longValueExact();
	}

	/** Returns how many rows a table has. */
	long count(String table) {
		return JdbcClient.create(this.database.owner()).sql("SELECT count(*) FROM " + table).query(Long.class).single();
	}

	/** Changes rows as the database's owner; returns how many. */
	int update(String sql) {
		return JdbcClient.create(this.database.owner()).sql(sql).update();
	}

	HttpResponse<byte[]> post(String key, String path, byte[] body, String... headers)
			throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(baseUrl() + path))
			.timeout(Duration.ofSeconds(30))
			.header("Authorization", "Bearer " + key)
			.header("Content-Type", "application/json")
			.POST(BodyPublishers.ofByteArray(body));
		for (int header = 0; header < headers.length; header += 2) {
			request.setHeader(headers[header], headers[header + 1]);
		}
		return this.client.send(request.build(), BodyHandlers.ofByteArray());
	}

	HttpResponse<String> get(String key, String path) throws IOException, InterruptedException {
		return getAt(key, "/v1" + path);
	}

	/** Asks for a path of the whole platform. */
	HttpResponse<String> getAt(String key, String path) throws IOException, InterruptedException {
		return this.client.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port() + path))
			.timeout(Duration.ofSeconds(30))
			.header("x-api-key", key)
			.build(), BodyHandlers.ofString());
	}

	<T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	@Override
	public void close() {
		this.client.close();
		this.context.close();
		this.database.close();
	}

	private void refresh() {
		bean(ConfigurationSource.class).refresh();
	}

	private TenantId tenant(String name) {
		return bean(TenancyAdministration.class).createTenant(new TenantDraft(name, name, false)).id();
	}

	private ProjectId project(TenantId owner) {
		TenancyAdministration tenancy = bean(TenancyAdministration.class);
		var team = tenancy.createTeam(owner, new TeamDraft("team", "Team", null, List.of())).id();
		return tenancy.createProject(owner, new ProjectDraft("project", team, "Project", null, List.of())).id();
	}

	private void registry(String upstreamBaseUrl) {
		RegistryAdministration registry = bean(RegistryAdministration.class);
		registry.put(new PutProvider("demo", "demo", "", Map.of()), Put.UPSERT);
		registry.put(new PutProvider("local", "minilm", "", Map.of()), Put.UPSERT);
		registry.put(new PutProvider("recorded", "openai", upstreamBaseUrl, Map.of()), Put.UPSERT);
		deployment(registry, "sim", CHAT, "demo", "demo-chat");
		deployment(registry, "minilm", EMBEDDING, "local", "all-minilm-l6-v2");
		deployment(registry, "wire", CHAT, "recorded", "gpt-upstream");
		registry.put(
				new PutDeployment("cancelled-1", "sim", "demo", "demo-chat", DataClass.CONFIDENTIAL, cancel(), true),
				Put.UPSERT);
		registry.add(priceOf("cancelled-1"));
		registry.put(new PutModel("unpriced", null, CHAT, null), Put.UPSERT);
		registry.put(new PutDeployment("unpriced-1", "unpriced", "recorded", "gpt-upstream", DataClass.CONFIDENTIAL,
				null, true), Put.UPSERT);
	}

	private static void deployment(RegistryAdministration registry, String model, Capabilities capabilities,
			String provider, String upstreamModel) {
		registry.put(new PutModel(model, null, capabilities, null), Put.UPSERT);
		registry.put(
				new PutDeployment(model + "-1", model, provider, upstreamModel, DataClass.CONFIDENTIAL, null, true),
				Put.UPSERT);
		registry.add(priceOf(model + "-1"));
	}

	private static DeploymentSettings cancel() {
		DeploymentSettings usual = DeploymentSettings.DEFAULTS;
		return new DeploymentSettings(usual.connectTimeout(), usual.firstByteTimeout(), usual.idleTimeout(),
				usual.totalTimeout(), usual.maxConcurrent(), 0, DeploymentSettings.OnDisconnect.CANCEL, Map.of());
	}

	private static AddPriceCard priceOf(String deployment) {
		return new AddPriceCard(deployment, Instant.parse("2026-01-01T00:00:00Z"), "USD",
				List.of(new PriceTier("default", 0,
						Map.of(UsageBucket.INPUT, new BigDecimal("0.5"), UsageBucket.OUTPUT, new BigDecimal("1.5")))),
				"test", "");
	}

	private <T> T inTransaction(Supplier<T> work) {
		TransactionTemplate transaction = new TransactionTemplate(bean(PlatformTransactionManager.class));
		return bean(CurrentActor.class).runAs(Actor.PLATFORM, () -> transaction.execute((status) -> work.get()));
	}

}
