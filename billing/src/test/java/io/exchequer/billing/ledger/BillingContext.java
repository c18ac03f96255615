package io.exchequer.billing.ledger;

import java.time.Clock;
import java.util.Map;

import javax.sql.DataSource;

import io.exchequer.billing.BudgetAdministration;
import io.exchequer.billing.Corrections;
import io.exchequer.billing.IdempotencyService;
import io.exchequer.billing.LedgerQueries;
import io.exchequer.billing.RequestCosts;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Billing as the application wires it: administration and reports in the console's role,
 * the rest in the gateway's.
 */
final class BillingContext implements AutoCloseable {

	private final ConfigurableApplicationContext context;

	/**
	 * Starts billing over a ledger's database and clock.
	 * @param speaksFor the tenant the console speaks for, or {@code *}
	 */
	BillingContext(TestLedger ledger, String speaksFor) {
		DataSource console = ledger.database.console(speaksFor);
		DataSource gateway = ledger.database.gateway(8);
		this.context = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties(Map.of("spring.flyway.enabled", "false", "spring.jpa.hibernate.ddl-auto", "none",
					"spring.main.banner-mode", "off", "logging.level.root", "WARN"))
			.initializers((context) -> {
				GenericApplicationContext beans = (GenericApplicationContext) context;
				beans.registerBean("consoleDataSource", DataSource.class, () -> console,
						(definition) -> definition.setPrimary(true));
				beans.registerBean("gatewayDataSource", DataSource.class, () -> gateway);
				beans.registerBean(Clock.class, () -> ledger.clock);
			})
			.run();
	}

	BudgetAdministration budgets() {
		return this.context.getBean(BudgetAdministration.class);
	}

	LedgerQueries queries() {
		return this.context.getBean(LedgerQueries.class);
	}

	RequestCosts costs() {
		return this.context.getBean(RequestCosts.class);
	}

	IdempotencyService idempotency() {
		return this.context.getBean(IdempotencyService.class);
	}

	Corrections corrections() {
		return this.context.getBean(Corrections.class);
	}

	void inTransaction(Runnable work) {
		this.context.getBean(TransactionTemplate.class).executeWithoutResult((status) -> work.run());
	}

	JdbcBillingService billing() {
		return this.context.getBean(JdbcBillingService.class);
	}

	boolean upkeepRuns() {
		return this.context.getBean(BillingUpkeep.class).isRunning();
	}

	@Override
	public void close() {
		this.context.close();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@ComponentScan("io.exchequer.billing")
	@EntityScan("io.exchequer.billing")
	@EnableJpaRepositories("io.exchequer.billing")
	static class Application {

	}

}
