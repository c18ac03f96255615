package io.exchequer.registry.snapshot;

import java.time.Instant;
import java.time.ZoneOffset;

import javax.sql.DataSource;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.registry.DeploymentQuarantine;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Quarantines by one statement, in whichever role its connection has.
 */
@Component
class JdbcDeploymentQuarantine implements DeploymentQuarantine {

	private final JdbcClient jdbc;

	JdbcDeploymentQuarantine(DataSource dataSource) {
		this.jdbc = JdbcClient.create(dataSource);
	}

	@Override
	public boolean quarantine(DeploymentId deployment, String reason, Instant at) {
		return this.jdbc
			.sql("UPDATE deployment SET quarantined_at = :at, quarantine_reason = :reason "
					+ "WHERE id = :id AND quarantined_at IS NULL")
			.param("at", at.atOffset(ZoneOffset.UTC))
			.param("reason", reason)
			.param("id", deployment.value())
			.update() == 1;
	}

}
