package io.exchequer.routing.execution;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import javax.sql.DataSource;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BillingService;
import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.Settled;
import io.exchequer.billing.Settlement;
import io.exchequer.billing.budget.BudgetSnapshotLoader;
import io.exchequer.billing.ledger.JdbcBillingService;
import io.exchequer.billing.report.JdbcAdmissionPreview;
import io.exchequer.billing.report.JdbcOverBoundAttempts;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.Provider;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.CostBounds;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.RoutingService;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.TestRegistry;
import io.exchequer.routing.decision.DecisionCodec;
import io.exchequer.routing.decision.DecisionRecord;
import io.exchequer.routing.provider.anthropic.AnthropicProvider;
import io.exchequer.routing.provider.demo.DemoProvider;
import io.exchequer.routing.provider.gemini.GeminiProvider;
import io.exchequer.routing.provider.mistral.MistralProvider;
import io.exchequer.routing.provider.ollama.OllamaProvider;
import io.exchequer.routing.provider.openai.OpenAiProvider;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;
import io.exchequer.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Real routing over a real ledger and real HTTP, with one tenant.
 */
final class RoutingWorld implements AutoCloseable {

	static final Clock CLOCK = Clock.systemUTC();

	/** Fails fast, so that no test waits. */
	static final RoutingSettings SETTINGS = new RoutingSettings(4, 4, 50, Duration.ofMinutes(1), 1,
			Duration.ofMinutes(5), Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(100),
			Duration.ofMinutes(10), RoutingSettings.DEFAULTS.answerMax(), RoutingSettings.DEFAULTS.frameMax(),
			RoutingSettings.DEFAULTS.commitBufferMax());

	private static final Uuid7 IDS = new Uuid7(CLOCK);

	final TestDatabase database = TestDatabase.create();

	final DataSource owner = this.database.owner();

	final TestRegistry registry = new TestRegistry();

	final TenantId tenant = new TenantId(IDS.next());

	/** What was quarantined, and why. */
	final List<String> quarantined = new CopyOnWriteArrayList<>();

	/** How many quarantines fail before one is taken. */
	final AtomicInteger quarantinesToFail = new AtomicInteger();

	final SimpleMeterRegistry meters = new SimpleMeterRegistry();

	final TestTime clock = new TestTime();

	private final JdbcBillingService billing = new JdbcBillingService(this.database.gateway(8),
			BillingSettings.DEFAULTS, this.clock, PriceCard::price);

	private final OpenAiProvider provider = new OpenAiProvider(this.clock);

	/**
	 * What looks for deployments over their bounds; here it is done where it is asked
	 * for.
	 */
	final OverBounds overBounds = new OverBounds(new JdbcOverBoundAttempts(this.database.gateway(1)),
			(deployment, reason, _) -> quarantine(deployment + " " + reason), new RoutingMetrics(this.meters),
			this.clock, Runnable::run);

	private final AnthropicProvider translated = new AnthropicProvider(this.clock);

	private final GeminiProvider gemini = new GeminiProvider(this.clock);

	private final MistralProvider mistral = new MistralProvider(this.provider, this.clock);

	private final OllamaProvider ollama = new OllamaProvider(this.provider, this.clock);

	private RoutingService service = service(this.billing);

	/** What the budgets throw that are read in the middle of a request, or null. */
	@Nullable RuntimeException budgetsFail;

	/** Where whole answers are counted. */
	AnswerMemory answerMemory = AnswerMemory.UNBOUNDED;

	private @Nullable RoutingPolicy policy;

	private ChargeTo chargeTo = chargeTo(null);

	RoutingService service(BillingService over) {
		return new DefaultRoutingService(new Services(over,
				ExecutionConfiguration.byKind(List.of(this.provider, this.translated, this.gemini, this.mistral,
						this.ollama, new DemoProvider(this.clock))),
				new DeploymentStates(DeploymentStates.circuitBreakers(SETTINGS, this.clock),
						io.github.resilience4j.bulkhead.BulkheadRegistry.ofDefaults(),
						io.github.resilience4j.retry.RetryRegistry.ofDefaults(), SETTINGS, this.clock),
				SETTINGS, new RoutingMetrics(this.meters), this.overBounds, this::freshBudgets,
				() -> this.answerMemory.open(), IDS, this.clock), new JdbcAdmissionPreview(this.database.gateway(1)));
	}

	private ChargeTo chargeTo(@Nullable Integer perMinute) {
		return chargeTo(perMinute, null);
	}

	private ChargeTo chargeTo(@Nullable Integer perMinute, @Nullable Integer tokensPerMinute) {
		return new ChargeTo(this.tenant, new TeamId(IDS.next()), new ProjectId(IDS.next()), new KeyId(IDS.next()), null,
				"chat", List.of(), perMinute, tokensPerMinute);
	}

	void limitTokensPerMinute(int perMinute) {
		this.chargeTo = chargeTo(null, perMinute);
	}

	void limitRequestsPerMinute(int perMinute) {
		this.chargeTo = chargeTo(perMinute);
	}

	/**
	 * Adds a deployment at an upstream, at a dollar in and ten out per million tokens.
	 */
	void deployment(String name, ScriptedUpstream upstream) {
		deployment(name, upstream.baseUrl());
	}

	void deployment(String name, String baseUrl) {
		this.registry.openAi(name, "model-" + name, baseUrl).price(name, "1", "10");
		settings(name, 0, OnDisconnect.DRAIN);
	}

	/** Adds a deployment whose provider is translated, at the same prices. */
	void translated(String name, String baseUrl) {
		translated(name, "anthropic", baseUrl);
	}

	/** Adds a deployment at a provider of a kind, at the same prices. */
	void translated(String name, String kind, String baseUrl) {
		this.registry
			.deployment(name, "model-" + name,
					new Provider(UUID.randomUUID(), name + "-provider", kind, baseUrl, Map.of()))
			.price(name, "1", "10");
		settings(name, 0, OnDisconnect.DRAIN);
	}

	/** Adds a deployment of the simulator that takes no time. */
	void simulator(String name, Map<String, String> options) {
		Map<String, String> all = new HashMap<>(options);
		all.put("pace", "none");
		this.registry.deployment(name, "model-" + name).price(name, "1", "10");
		this.registry.settings(name, new DeploymentSettings(Duration.ofSeconds(2), Duration.ofMillis(400),
				Duration.ofMillis(400), Duration.ofSeconds(20), 64, 0, OnDisconnect.DRAIN, all));
	}

	void settings(String name, int retries, OnDisconnect onDisconnect) {
		this.registry.settings(name, new DeploymentSettings(Duration.ofSeconds(2), Duration.ofMillis(400),
				Duration.ofMillis(400), Duration.ofSeconds(20), 64, retries, onDisconnect, Map.of()));
	}

	void settings(String name, UnaryOperator<DeploymentSettings> change) {
		this.registry.settings(name, change.apply(this.registry.get(name).settings()));
	}

	/** Sets an option of a deployment whose settings are the world's. */
	void option(String name, String option, String value) {
		DeploymentSettings own = this.registry.get(name).settings();
		this.registry.settings(name,
				new DeploymentSettings(own.connectTimeout(), own.firstByteTimeout(), own.idleTimeout(),
						own.totalTimeout(), own.maxConcurrent(), own.retries(), own.onDisconnect(),
						Map.of(option, value)));
	}

	void policy(String strategy, RoutingPolicy.OnSoftLimit onSoftLimit, String... candidates) {
		List<RoutingPolicy.Candidate> listed = new ArrayList<>();
		for (String candidate : candidates) {
			listed.add(new RoutingPolicy.Candidate(candidate, 1));
		}
		this.policy = new RoutingPolicy(IDS.next(), this.tenant, "p", 1, "chat", listed, strategy, DataClass.INTERNAL,
				1_000, 100, new RoutingPolicy.Fallback(3, Duration.ofSeconds(30), Map.of()), onSoftLimit);
	}

	void fallback(RoutingPolicy.Fallback fallback) {
		RoutingPolicy now = this.policy;
		if (now == null) {
			throw new IllegalStateException("no policy yet");
		}
		this.policy = new RoutingPolicy(now.versionId(), now.tenant(), now.name(), now.version(), now.task(),
				now.candidates(), now.strategy(), now.dataClass(), now.defaultMaxOutput(), now.minOutput(), fallback,
				now.onSoftLimit());
	}

	/** Makes a monthly dollar budget on the tenant, its limits in nano-dollars. */
	UUID budget(@Nullable Long hard, @Nullable Long soft) {
		UUID id = IDS.next();
		BudgetWindow.Period period = new BudgetWindow.Month().period(CLOCK.instant(), ZoneId.of("UTC"));
		long start = period.start().toEpochMilli() * 1000;
		long end = java.util.Objects.requireNonNull(period.end()).toEpochMilli() * 1000;
		try (Connection connection = this.owner.getConnection()) {
			connection.setAutoCommit(false);
			execute(connection, "SELECT set_config('exchequer.tenant', '*', true)");
			execute(connection, """
					INSERT INTO budget VALUES (?::uuid, ?::uuid, 'monthly', 'tenant', ?, 'month', 'UTC', 'USD',
						?::numeric, ?::numeric, now(), now())""", this.tenant, id, this.tenant, hard, soft);
			execute(connection, "SELECT open_budget(?::uuid, ?::uuid, ?::bigint[], ?::bigint[])", this.tenant, id,
					"{" + start + "}", "{" + end + "}");
			connection.commit();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
		return id;
	}

	private static void execute(Connection connection, String sql, @Nullable Object... arguments) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			for (int i = 0; i < arguments.length; i++) {
				Object argument = arguments[i];
				statement.setString(i + 1, (argument != null) ? argument.toString() : null);
			}
			statement.execute();
		}
	}

	Outcome serve(String body, AnswerSink sink) {
		return this.service.serve(request(body), configuration(), sink);
	}

	Outcome serve(String body, RoutingConfiguration configuration, AnswerSink sink) {
		return this.service.serve(request(body), configuration, sink);
	}

	Outcome serve(AiRequest request, AnswerSink sink) {
		return this.service.serve(request, configuration(), sink);
	}

	private boolean quarantine(String what) {
		if (this.quarantinesToFail.getAndUpdate((left) -> Math.max(left - 1, 0)) > 0) {
			throw new IllegalStateException("the database does not answer");
		}
		return this.quarantined.add(what);
	}

	/** From now on settlements are posted, but nobody hears of it. */
	void loseTheSettlementsAnswers() {
		settling((settlement) -> {
			Settled settled = this.billing.settle(settlement);
			throw new BillingUnavailableException("the answer was lost: " + settled, null);
		});
	}

	/** From now on something is done in the thread that settles, before it does. */
	void beforeSettling(Runnable action) {
		settling((settlement) -> {
			action.run();
			return this.billing.settle(settlement);
		});
	}

	private void settling(Function<Settlement, Settled> settle) {
		JdbcBillingService real = this.billing;
		this.service = service(new BillingService() {

			@Override
			public Admission admit(HoldRequest request) {
				return real.admit(request);
			}

			@Override
			public Settled settle(Settlement settlement) {
				return settle.apply(settlement);
			}

			@Override
			public void release(Hold hold, @Nullable DecisionRow decision) {
				real.release(hold, decision);
			}

			@Override
			public void record(DecisionRow decision) {
				real.record(decision);
			}

		});
	}

	void closeBilling() {
		this.billing.close();
	}

	RoutingService.Explanation explain(String body) {
		return this.service.explain(request(body), configuration());
	}

	CostBounds.Bound bound(String body) {
		return ((CostBounds) this.service).bound(request(body), configuration());
	}

	AiRequest request(String body) {
		return request(Endpoint.CHAT_COMPLETIONS, body);
	}

	AiRequest request(Endpoint endpoint, String body) {
		try {
			byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
			return new AiRequest(IDS.next(), this.chargeTo, OpenAiRequests.parse(endpoint, bytes, bytes.length),
					Set.of("*"), null, this.clock.instant());
		}
		catch (InvalidRequestException ex) {
			throw new IllegalArgumentException(ex);
		}
	}

	RoutingConfiguration configuration() {
		return new RoutingConfiguration(1, this.registry, budgets(), (_, _) -> Optional.ofNullable(this.policy));
	}

	private BudgetSnapshot freshBudgets() {
		if (this.budgetsFail != null) {
			throw this.budgetsFail;
		}
		return budgets();
	}

	private BudgetSnapshot budgets() {
		try (Connection connection = this.owner.getConnection()) {
			return new BudgetSnapshotLoader().load(connection);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static String chat(String model) {
		return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
	}

	static String streamed(String model) {
		return "{\"model\":\"" + model + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
	}

	/** Returns each settled attempt: its tokens, its cost, and why it is an estimate. */
	List<String> ledger() {
		return strings("SELECT coalesce(input_count::text, '-') || '/' || coalesce(output_count::text, '-') || ' ' "
				+ "|| amount_nanos || coalesce(' ' || estimated_reason, '') FROM ledger_line "
				+ "WHERE account = 'usage' ORDER BY attempt, posted_at");
	}

	/**
	 * Returns each settled attempt's other counts, its cost, and why it is an estimate.
	 */
	List<String> unitLedger() {
		return strings("SELECT coalesce(other_counts::text, '-') || ' ' || amount_nanos "
				+ "|| coalesce(' ' || estimated_reason, '') FROM ledger_line WHERE account = 'usage' "
				+ "ORDER BY attempt, posted_at");
	}

	List<String> openHolds() {
		return strings("SELECT id::text FROM hold");
	}

	/** Returns the tokens that are counted against the keys' limits. */
	List<String> tokensPerMinute() {
		return strings("SELECT sum(tokens)::text FROM rate_window");
	}

	/** Returns the tokens counted in each minute, the earlier first. */
	List<String> tokensByMinute() {
		return strings("SELECT tokens::text FROM rate_window ORDER BY minute");
	}

	/** Returns how many attempts over their bounds have left evidence that is open. */
	List<String> overBound() {
		return strings("SELECT hold_id::text FROM over_bound");
	}

	BigDecimal held() {
		return new BigDecimal(strings("SELECT coalesce(sum(held), 0)::text FROM balance").getFirst());
	}

	BigDecimal settled() {
		return new BigDecimal(strings("SELECT coalesce(sum(settled), 0)::text FROM balance").getFirst());
	}

	List<DecisionRecord> decisions() {
		return strings("SELECT encode(encoded, 'hex') FROM decision ORDER BY at").stream()
			.map((hex) -> DecisionCodec.decode(java.util.HexFormat.of().parseHex(hex)))
			.toList();
	}

	private List<String> strings(String sql) {
		try (Connection connection = this.database.gateway(1).getConnection();
				PreparedStatement statement = connection.prepareStatement(sql);
				ResultSet rows = statement.executeQuery()) {
			List<String> found = new ArrayList<>();
			while (rows.next()) {
				found.add(rows.getString(1));
			}
			return found;
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** The system's time, until it is stopped at an instant. */
	static final class TestTime extends Clock {

		private volatile @Nullable Instant stopped;

		void stopAt(Instant instant) {
			this.stopped = instant;
		}

		@Override
		public Instant instant() {
			Instant at = this.stopped;
			return (at != null) ? at : CLOCK.instant();
		}

		@Override
		public ZoneId getZone() {
			return CLOCK.getZone();
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

	}

	@Override
	public void close() {
		this.billing.close();
		this.provider.close();
		this.translated.close();
		this.gemini.close();
		this.database.close();
	}

}
