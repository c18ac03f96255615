package io.exchequer.admin.connection;

import java.time.Clock;
import java.time.Instant;

import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.DeploymentProbe;
import io.exchequer.tenancy.KeyIdentity;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Tests deployments, each of them once at a time.
 */
@Component
@EnableConfigurationProperties(ConnectionTestSettings.class)
public class ConnectionTests {

	/** A connection and four calls, and one more for whatever else takes time. */
	private static final int CALLS_MAX = 6;

	private final DeploymentProbe probe;

	private final ConfigurationSource configurations;

	private final ConnectionTestSettings settings;

	private final Clock clock;

	private final Uuid7 ids;

	private final TestTurns turns;

	private final TransactionTemplate transaction;

	ConnectionTests(DeploymentProbe probe, ConfigurationSource configurations, TestTurns turns,
			TransactionTemplate transaction, ConnectionTestSettings settings, Clock clock) {
		this.probe = probe;
		this.configurations = configurations;
		this.turns = turns;
		this.transaction = transaction;
		this.settings = settings;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	/**
	 * Tests a deployment, whatever its state.
	 * @param payer the key that is charged, and whose budgets and limits hold
	 * @param record writes down that the test is made; in one transaction with what keeps
	 * others from making it, and before anything is called
	 * @throws ConflictProblem {@code test_running} while the deployment is tested already
	 */
	public ConnectionReport test(Deployment deployment, KeyIdentity payer, Configuration configuration,
			Runnable record) {
		Instant now = this.clock.instant();
		Instant until = TestTurns.kept(now.plus(this.settings.timeout().multipliedBy(CALLS_MAX)));
		this.transaction.executeWithoutResult((status) -> {
			if (!this.turns.take(deployment.id(), now, until)) {
				throw new ConflictProblem("test_running", "The deployment \"" + deployment.name()
						+ "\" is being tested already. Wait until that is done.");
			}
			record.run();
		});
		try {
			TestCalls calls = new TestCalls(this.probe, this.configurations, configuration, deployment, payer,
					this.settings.timeout(), this.clock, this.ids);
			return new TestRun(deployment, calls, this.settings.timeout()).run();
		}
		finally {
			this.turns.giveBack(deployment.id(), until);
		}
	}

}
