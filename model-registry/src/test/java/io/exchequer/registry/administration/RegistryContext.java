package io.exchequer.registry.administration;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import javax.sql.DataSource;

import io.exchequer.kernel.SnapshotLoader;
import io.exchequer.registry.DeploymentQuarantine;
import io.exchequer.registry.PriceImports;
import io.exchequer.registry.ProviderKinds;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryConfiguration;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.testing.TestDatabase;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.ResolvableType;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The registry as the application wires it, over a fresh database: administration in the
 * console's role, quarantine and snapshot in the gateway's. Starting Spring takes longer
 * than most tests, so one application for each list of master keys is kept and pointed at
 * the database of the test that runs.
 */
public final class RegistryContext implements AutoCloseable {

	static final Instant START = Instant.parse("2026-11-22T10:00:00Z");

	private static final String MASTER_KEYS = MasterKeys.generateEntry("a");

	private static final Map<String, Started> STARTED = new ConcurrentHashMap<>();

	private final TestDatabase database;

	private final Started started;

	private final DataSource gateway;

	private final boolean ownsDatabase;

	public RegistryContext() {
		this(MASTER_KEYS);
	}

	RegistryContext(String masterKeys) {
		this(masterKeys, TestDatabase.create("classpath:db/migration/registry"), true);
	}

	private RegistryContext(String masterKeys, TestDatabase database, boolean ownsDatabase) {
		this.database = database;
		this.ownsDatabase = ownsDatabase;
		this.gateway = database.gateway();
		this.started = STARTED.computeIfAbsent(masterKeys, Started::new);
		this.started.console.setTargetDataSource(database.console("*"));
		this.started.clock.now = START;
	}

	/** The same database under other master keys, as after a restart. */
	RegistryContext restarted(String masterKeys) {
		return new RegistryContext(masterKeys, this.database, false);
	}

	public RegistryAdministration administration() {
		return this.started.context.getBean(RegistryAdministration.class);
	}

	PriceImports priceImports() {
		return this.started.context.getBean(PriceImports.class);
	}

	public DeploymentQuarantine quarantine() {
		return this.started.context.getBean(DeploymentQuarantine.class);
	}

	TransactionTemplate transaction() {
		return this.started.context.getBean(TransactionTemplate.class);
	}

	/** Loads as the gateway does. */
	public RegistrySnapshot snapshot() throws SQLException {
		SnapshotLoader<RegistrySnapshot> loader = this.started.context
			.<SnapshotLoader<RegistrySnapshot>>getBeanProvider(
					ResolvableType.forClassWithGenerics(SnapshotLoader.class, RegistrySnapshot.class))
			.getObject();
		try (Connection connection = this.gateway.getConnection()) {
			connection.setAutoCommit(false);
			connection.setReadOnly(true);
			connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
			RegistrySnapshot snapshot = loader.load(connection);
			connection.rollback();
			return snapshot;
		}
	}

	JdbcClient owner() {
		return JdbcClient.create(this.database.owner());
	}

	JdbcClient gateway() {
		return JdbcClient.create(this.gateway);
	}

	TestDatabase database() {
		return this.database;
	}

	long configurationVersion() {
		return gateway().sql("SELECT version FROM configuration_version").query(Long.class).single();
	}

	void advance(Duration duration) {
		this.started.clock.now = this.started.clock.now.plus(duration);
	}

	@Override
	public void close() {
		if (this.ownsDatabase) {
			this.database.close();
		}
	}

	/** An application that runs until the JVM ends. */
	private static final class Started {

		private final DelegatingDataSource console = new DelegatingDataSource();

		private final SettableClock clock = new SettableClock();

		private final ConfigurableApplicationContext context;

		Started(String masterKeys) {
			// JPA asks the database what it is while it starts.
			try (TestDatabase empty = TestDatabase.empty()) {
				this.console.setTargetDataSource(empty.owner());
				this.context = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
					.properties(Map.of("spring.flyway.enabled", "false", "spring.jpa.hibernate.ddl-auto", "none",
							"spring.main.banner-mode", "off", "logging.level.root", "WARN"))
					.initializers((context) -> {
						GenericApplicationContext beans = (GenericApplicationContext) context;
						beans.registerBean(DataSource.class, () -> this.console);
						beans.registerBean(Clock.class, () -> this.clock);
						beans.registerBean(MasterKeys.class, () -> MasterKeys.parse(masterKeys));
						beans.registerBean(ProviderKinds.class,
								() -> () -> Set.of("openai", "azure-openai", "demo", "minilm"));
					})
					.run();
			}
		}

	}

	/**
	 * No configuration by its own annotation, so that the application's scan misses it.
	 */
	@EnableAutoConfiguration
	@EntityScan("io.exchequer.registry")
	@EnableJpaRepositories("io.exchequer.registry")
	@Import(RegistryConfiguration.class)
	static class Application {

	}

	private static final class SettableClock extends Clock {

		private volatile Instant now = START;

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			throw new UnsupportedOperationException();
		}

		@Override
		public Instant instant() {
			return this.now;
		}

	}

}
