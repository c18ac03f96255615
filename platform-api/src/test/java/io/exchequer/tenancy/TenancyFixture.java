package io.exchequer.tenancy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.crypto.KeyHasher;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.testing.TestDatabase;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.transaction.support.TransactionTemplate;

/** Tenancy on a real database, with a clock and a visible tenant that tests set. */
final class TenancyFixture implements AutoCloseable {

	static final String OLD_MASTER_KEY = MasterKeys.generateEntry("old");

	private final TestDatabase database = TestDatabase.create();

	final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));

	final AtomicReference<String> visible = new AtomicReference<>(TenantVisibility.EVERY_TENANT);

	private final ConfigurableApplicationContext context;

	/** Writes at once, on the thread that asks. */
	private final OlderSecrets olderSecrets;

	TenancyFixture() {
		InstantSource source = this.now::get;
		this.context = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties("spring.jpa.open-in-view=false", "spring.main.banner-mode=off")
			.initializers((context) -> {
				var beans = (GenericApplicationContext) context;
				beans.registerBean(DataSource.class, () -> this.database.console(""));
				beans.registerBean(Clock.class, () -> clock(source));
				beans.registerBean(KeyHasher.class, () -> hasher(OLD_MASTER_KEY));
				beans.registerBean(TenantVisibility.class, () -> this.visible::get);
			})
			.run();
		this.olderSecrets = new SecretsAnew(transaction(), this.context.getBean(DataSource.class),
				this.context.getBean(Clock.class), Runnable::run);
	}

	private static Clock clock(InstantSource source) {
		return new Clock() {

			@Override
			public ZoneId getZone() {
				return ZoneOffset.UTC;
			}

			@Override
			public Clock withZone(ZoneId zone) {
				return source.withZone(zone);
			}

			@Override
			public Instant instant() {
				return source.instant();
			}

		};
	}

	static KeyHasher hasher(String masterKeys) {
		return new KeyHasher(MasterKeys.parse(masterKeys));
	}

	TenancyAdministration tenancy() {
		return this.context.getBean(TenancyAdministration.class);
	}

	KeyAdministration keys() {
		return this.context.getBean(KeyAdministration.class);
	}

	TransactionTemplate transaction() {
		return this.context.getBean(TransactionTemplate.class);
	}

	DataSource owner() {
		return this.database.owner();
	}

	IdentitySnapshot snapshot() {
		return snapshot(OLD_MASTER_KEY);
	}

	IdentitySnapshot snapshot(String masterKeys) {
		try (HikariDataSource gateway = (HikariDataSource) this.database.gateway(1);
				Connection connection = gateway.getConnection()) {
			return new IdentitySnapshotLoader(hasher(masterKeys), this.olderSecrets).load(connection);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	void speakFor(TenantId tenant) {
		this.visible.set(tenant.toString());
	}

	@Override
	public void close() {
		this.context.close();
		this.database.close();
	}

	// Without @Configuration: the whole platform's tests scan this package too.
	@ImportAutoConfiguration({ HibernateJpaAutoConfiguration.class, TransactionAutoConfiguration.class })
	@EnableJpaRepositories(basePackages = "io.exchequer.tenancy")
	@EntityScan(basePackages = "io.exchequer.tenancy")
	@ComponentScan(basePackages = "io.exchequer.tenancy")
	static class Application {

	}

}
