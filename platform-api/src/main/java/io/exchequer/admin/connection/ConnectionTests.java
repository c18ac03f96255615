package io.exchequer.admin.connection;

import java.time.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.DeploymentProbe;
import io.exchequer.tenancy.KeyIdentity;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.stereotype.Component;

/**
 * Tests deployments: on one replica, each of them once at a time.
 */
@Component
@EnableConfigurationProperties(ConnectionTestSettings.class)
public class ConnectionTests {

	private final DeploymentProbe probe;

	private final ConfigurationSource configurations;

	private final ConnectionTestSettings settings;

	private final Clock clock;

	private final Uuid7 ids;

	private final Set<DeploymentId> running = ConcurrentHashMap.newKeySet();

	ConnectionTests(DeploymentProbe probe, ConfigurationSource configurations, ConnectionTestSettings settings,
			Clock clock) {
		this.probe = probe;
		this.configurations = configurations;
		this.settings = settings;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	/**
	 * Tests a deployment, whatever its state.
	 * @param payer the key that is charged, and whose budgets and limits hold
	 * @param before done once it is sure that the test is made, before anything is called
	 * @throws ConflictProblem {@code test_running} while this replica tests the
	 * deployment already
	 */
	public ConnectionReport test(Deployment deployment, KeyIdentity payer, Configuration configuration,
			Runnable before) {
		if (!this.running.add(deployment.id())) {
			throw new ConflictProblem("test_running",
					"The deployment \"" + deployment.name() + "\" is being tested already. Wait until that is done.");
		}
		try {
			before.run();
			TestCalls calls = new TestCalls(this.probe, this.configurations, configuration, deployment, payer,
					this.settings.timeout(), this.clock, this.ids);
			return new TestRun(deployment, calls, this.settings.timeout()).run();
		}
		finally {
			this.running.remove(deployment.id());
		}
	}

}
