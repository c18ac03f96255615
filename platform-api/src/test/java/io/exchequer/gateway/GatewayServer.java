package io.exchequer.gateway;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import io.exchequer.batch.BatchSettings;
import io.exchequer.batch.Batches;
import io.exchequer.batch.FileStore;
import io.exchequer.billing.IdempotencyService;
import io.exchequer.billing.RequestCosts;
import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.configuration.StaleConfigurationException;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.TenantId;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.routing.RoutingService;
import io.exchequer.tenancy.KeyIdentity;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.availability.ApplicationAvailabilityBean;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.util.unit.DataSize;

/**
 * The gateway alone on a real Tomcat, in front of a routing that a test scripts: for what
 * happens between the socket and routing.
 */
final class GatewayServer implements AutoCloseable, ConfigurationSource, RequestCosts {

	final SimpleMeterRegistry meters = new SimpleMeterRegistry();

	final Claims claims = new Claims();

	final AtomicInteger filtered = new AtomicInteger();

	final AtomicInteger refreshes = new AtomicInteger();

	final Map<UUID, RequestCost> costs = new HashMap<>();

	final BodyMemory memory;

	final ClientWatch clients = new ClientWatch();

	volatile SessionIdentity sessions = (request, configuration, at) -> new SessionIdentity.Session.None();

	private final ApplicationAvailabilityBean availability = new ApplicationAvailabilityBean();

	volatile Script script = (request, sink) -> {
		throw new IllegalStateException("no script");
	};

	volatile @Nullable Configuration configuration = TestWorld.configuration(1, TestWorld.IDENTITY);

	private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

	private final WebServer server;

	private final HttpClient client = HttpClient.newHttpClient();

	GatewayServer(GatewaySettings settings) {
		this.memory = new BodyMemory(settings.bodyMemory().toBytes());
		GatewayConfiguration wiring = new GatewayConfiguration();
		TomcatServletWebServerFactory factory = new TomcatServletWebServerFactory(0);
		wiring.gatewayTomcatCustomizer(settings).customize(factory);
		factory.setShutdown(Shutdown.GRACEFUL);
		factory.addProtocolHandlerCustomizers((protocol) -> protocol.setExecutor(this.threads));
		factory.addConnectorCustomizers((connector) -> connector.setProperty("connectionTimeout", "1500"));
		ServletRegistrationBean<GatewayServlet> gateway = wiring.gatewayServlet(settings, this.memory, this.clients,
				this, routing(), this.claims, this, noResponses(), sessions(), none(FileStore.class),
				none(Batches.class),
				new BatchSettings(DataSize.ofMegabytes(1), DataSize.ofMegabytes(2), 10, Duration.ofSeconds(20), 1,
						Duration.ofHours(1), 10, DataSize.ofKilobytes(1), 10, 1, Duration.ofHours(1), 0, 1,
						Duration.ofSeconds(1), Duration.ofSeconds(1)),
				this.meters, Clock.systemUTC(), this.availability);
		readiness(ReadinessState.ACCEPTING_TRAFFIC);
		this.server = factory.getWebServer(gateway, otherServlet(), filterOnEveryPath());
		this.server.start();
	}

	/** Nothing is stored here. */
	private static StoredResponses noResponses() {
		return new StoredResponses(new AbstractDataSource() {

			@Override
			public Connection getConnection() throws SQLException {
				throw new SQLException("there is no database here");
			}

			@Override
			public Connection getConnection(String username, String password) throws SQLException {
				return getConnection();
			}

		}, Clock.systemUTC());
	}

	/** The defaults, but for limits that a test can reach. */
	static GatewaySettings settings() {
		return new GatewaySettings(DataSize.ofKilobytes(64), DataSize.ofKilobytes(208), Duration.ofSeconds(20),
				Duration.ofSeconds(2), DataSize.ofKilobytes(4), List.of("https://portal.example.com"));
	}

	int port() {
		return this.server.getPort();
	}

	void readiness(ReadinessState state) {
		this.availability.onApplicationEvent(new AvailabilityChangeEvent<>(this, state));
	}

	/** Stops taking requests, and calls back when the last one has ended. */
	void shutDownGracefully(Runnable ended) {
		this.server.shutDownGracefully((result) -> ended.run());
	}

	void identity(KeyIdentity identity) {
		this.configuration = TestWorld.configuration(1, identity);
	}

	HttpResponse<String> post(String path, String body, String... headers) throws IOException, InterruptedException {
		return send("POST", path, body, headers);
	}

	HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
		return send("GET", path, null, headers);
	}

	/** Sends a GET that shows nobody. */
	HttpResponse<String> withoutKey(String path) throws IOException, InterruptedException {
		return this.client.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port() + path)).build(),
				BodyHandlers.ofString());
	}

	/** Sends a request with the test key, unless the headers bring another. */
	HttpResponse<String> send(String method, String path, @Nullable String body, String... headers)
			throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port() + path))
			.timeout(Duration.ofSeconds(20))
			.header("Content-Type", "application/json")
			.method(method, (body != null) ? BodyPublishers.ofString(body) : BodyPublishers.noBody());
		if (!List.of(headers).contains("Authorization") && !List.of(headers).contains("x-api-key")) {
			request.header("Authorization", "Bearer " + TestWorld.KEY);
		}
		for (int header = 0; header < headers.length; header += 2) {
			request.setHeader(headers[header], headers[header + 1]);
		}
		return this.client.send(request.build(), BodyHandlers.ofString());
	}

	@Override
	public Configuration current() {
		Configuration current = this.configuration;
		if (current == null) {
			throw new StaleConfigurationException("the database does not answer");
		}
		return current;
	}

	@Override
	public Configuration refresh() {
		this.refreshes.incrementAndGet();
		return current();
	}

	@Override
	public Optional<RequestCost> find(TenantId tenant, UUID requestId) {
		return Optional.ofNullable(this.costs.get(requestId));
	}

	/** Stops, and returns when every request has ended; closing again does nothing. */
	@Override
	public void close() {
		if (this.threads.isShutdown()) {
			return;
		}
		this.client.close();
		this.server.stop();
		this.server.destroy();
		this.clients.close();
		this.threads.close();
	}

	private ObjectProvider<SessionIdentity> sessions() {
		DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
		beans.registerSingleton("sessions",
				(SessionIdentity) (request, configuration, at) -> this.sessions.identify(request, configuration, at));
		return beans.getBeanProvider(SessionIdentity.class);
	}

	private static <T> ObjectProvider<T> none(Class<T> type) {
		return new DefaultListableBeanFactory().getBeanProvider(type);
	}

	private RoutingService routing() {
		return new RoutingService() {

			@Override
			public Outcome serve(AiRequest request, RoutingConfiguration configuration, AnswerSink sink) {
				return GatewayServer.this.script.serve(request, sink);
			}

			@Override
			public Explanation explain(AiRequest request, RoutingConfiguration configuration) {
				throw new UnsupportedOperationException();
			}

		};
	}

	private static ServletRegistrationBean<HttpServlet> otherServlet() {
		ServletRegistrationBean<HttpServlet> other = new ServletRegistrationBean<>(new HttpServlet() {

			@Override
			protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
				response.getWriter().write("other");
			}

		}, "/");
		other.setName("other");
		return other;
	}

	private FilterRegistrationBean<Filter> filterOnEveryPath() {
		FilterRegistrationBean<Filter> filter = new FilterRegistrationBean<>((request, response, chain) -> {
			this.filtered.incrementAndGet();
			chain.doFilter(request, response);
		});
		filter.setName("counting");
		return filter;
	}

	/** What routing does with a request. */
	@FunctionalInterface
	interface Script {

		RoutingService.Outcome serve(AiRequest request, AnswerSink sink);

	}

	/** Idempotency keys in memory. */
	static final class Claims implements IdempotencyService {

		/** Whether nobody can be told whose a key is. */
		volatile boolean unreadable;

		/** When the latest one was asked for. */
		volatile @Nullable Instant askedAt;

		private final Map<String, Entry> entries = new HashMap<>();

		@Override
		public synchronized Claim begin(TenantId tenant, KeyId key, String idempotencyKey, byte[] bodySha256,
				UUID requestId, Instant at) {
			this.askedAt = at;
			Entry entry = this.entries.get(idempotencyKey);
			if (entry == null) {
				this.entries.put(idempotencyKey, new Entry(requestId, bodySha256, false, null));
				return new Claim.Started();
			}
			if (!java.util.Arrays.equals(entry.hash(), bodySha256)) {
				return new Claim.DifferentBody(entry.requestId());
			}
			return entry.finished() ? new Claim.Finished(entry.requestId(), entry.answer())
					: new Claim.InFlight(entry.requestId());
		}

		@Override
		public synchronized boolean owns(TenantId tenant, KeyId key, String idempotencyKey, UUID requestId) {
			if (this.unreadable) {
				throw new DataAccessResourceFailureException("the database does not answer");
			}
			Entry entry = this.entries.get(idempotencyKey);
			return entry != null && entry.requestId().equals(requestId);
		}

		/** Gives a key to another request, as if the first had died. */
		synchronized void giveTo(String idempotencyKey, UUID other) {
			this.entries.computeIfPresent(idempotencyKey,
					(name, entry) -> new Entry(other, entry.hash(), entry.finished(), entry.answer()));
		}

		@Override
		public synchronized void finish(TenantId tenant, KeyId key, String idempotencyKey, UUID requestId,
				@Nullable StoredAnswer answer, Instant at) {
			this.entries.computeIfPresent(idempotencyKey,
					(name, entry) -> new Entry(entry.requestId(), entry.hash(), true, answer));
		}

		@Override
		public synchronized void abandon(TenantId tenant, KeyId key, String idempotencyKey, UUID requestId) {
			this.entries.computeIfPresent(idempotencyKey,
					(name, entry) -> entry.requestId().equals(requestId) ? null : entry);
		}

		private record Entry(UUID requestId, byte[] hash, boolean finished, @Nullable StoredAnswer answer) {
		}

	}

}
