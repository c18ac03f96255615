package io.exchequer.routing.execution;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;

import javax.sql.DataSource;

import io.exchequer.registry.Deployment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a deployment out, on every replica, until an administrator puts it back.
 */
final class Quarantine {

	private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);

	private static final String UPDATE = """
			UPDATE deployment SET quarantined_at = ?, quarantine_reason = ?
			WHERE id = ? AND quarantined_at IS NULL""";

	private final DataSource gateway;

	/**
	 * Makes the service.
	 * @param gateway connections in the gateway's role
	 */
	Quarantine(DataSource gateway) {
		this.gateway = gateway;
	}

	/**
	 * Quarantines a deployment. A database that does not answer is logged, not thrown:
	 * the answer was settled, and the next overrun tries again.
	 */
	void quarantine(Deployment deployment, String reason, Instant at) {
		LOG.error("Deployment '{}' is quarantined: {}", deployment.name(), reason);
		try (Connection connection = this.gateway.getConnection();
				PreparedStatement statement = connection.prepareStatement(UPDATE)) {
			statement.setObject(1, at.atOffset(ZoneOffset.UTC));
			statement.setString(2, reason);
			statement.setObject(3, deployment.id().value());
			statement.executeUpdate();
			if (!connection.getAutoCommit()) {
				connection.commit();
			}
		}
		catch (SQLException ex) {
			LOG.error("Deployment '{}' could not be quarantined", deployment.name(), ex);
		}
	}

}
