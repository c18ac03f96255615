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

import javax.sql.DataSource;

import io.exchequer.kernel.SnapshotLoader;
import io.exchequer.registry.DeploymentQuarantine;
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
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.ResolvableType;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The registry as the application wires it, over a fresh database: administration in the
 * console's role, quarantine and snapshot in the gateway's.
 */
public final class RegistryContext implements AutoCloseable {

	static final Instant START = Instant.parse("2026-11-22T10:00:00Z");

	private final TestDatabase database;

	private final ConfigurableApplicationContext context;

	private final SettableClock clock = new SettableClock();

	private final DataSource gateway;

	private final boolean ownsDatabase;

	public RegistryContext(String masterKeys) {
		this(masterKeys, TestDatabase.create("classpath:db/migration/registry"), true);
	}

	private RegistryContext(String masterKeys, TestDatabase database, boolean ownsDatabase) {
		this.database = database;
		this.ownsDatabase = ownsDatabase;
		this.gateway = database.gateway();
		DataSource console = database.console("*");
		this.context = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties(Map.of("spring.flyway.enabled", "false", "spring.jpa.hibernate.ddl-auto", "none",
					"spring.main.banner-mode", "off", "logging.level.root", "WARN"))
			.initializers((context) -> {
				var beans = (org.springframework.context.support.GenericApplicationContext) context;
				beans.registerBean(DataSource.class, () -> console);
				beans.registerBean(Clock.class, () -> this.clock);
				beans.registerBean(MasterKeys.class, () -> MasterKeys.parse(masterKeys));
				beans.registerBean(ProviderKinds.class, () -> () -> Set.of("openai", "azure-openai", "demo", "minilm"));
			})
			.run();
	}

	/** The same database under other master keys, as after a restart. */
	RegistryContext restarted(String masterKeys) {
		return new RegistryContext(masterKeys, this.database, false);
	}

	public RegistryAdministration administration() {
		return this.context.getBean(RegistryAdministration.class);
	}

	public DeploymentQuarantine quarantine() {
		return this.context.getBean(DeploymentQuarantine.class);
	}

	TransactionTemplate transaction() {
		return this.context.getBean(TransactionTemplate.class);
	}

	/** Loads as the gateway does. */
	public RegistrySnapshot snapshot() throws SQLException {
		SnapshotLoader<RegistrySnapshot> loader = this.context
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
		this.clock.now = this.clock.now.plus(duration);
	}

	@Override
	public void close() {
		this.context.close();
		if (this.ownsDatabase) {
			this.database.close();
		}
	}

	@Configuration(proxyBeanMethods = false)
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
