package io.exchequer.admin.connection;

import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

import io.exchequer.kernel.DeploymentId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Whose turn it is to test a deployment, on any number of replicas.
 */
@Component
class TestTurns {

	private static final Logger logger = LoggerFactory.getLogger(TestTurns.class);

	private static final String TAKE = """
			INSERT INTO connection_test (deployment_id, until) VALUES (:deployment, :until)
			ON CONFLICT (deployment_id) DO UPDATE SET until = EXCLUDED.until WHERE connection_test.until <= :now""";

	private final JdbcClient jdbc;

	TestTurns(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Takes a turn, in the caller's transaction.
	 * @param until when it is over by itself, to the microsecond
	 * @return whether nobody else has it
	 */
	boolean take(DeploymentId deployment, Instant now, Instant until) {
		return this.jdbc.sql(TAKE)
			.param("deployment", deployment.value())
			.param("until", Timestamp.from(until))
			.param("now", Timestamp.from(now))
			.update() == 1;
	}

	/**
	 * Gives a turn back, unless it was over and is another's by now. Where the database
	 * does not answer, it is over by itself.
	 */
	void giveBack(DeploymentId deployment, Instant until) {
		try {
			this.jdbc.sql("DELETE FROM connection_test WHERE deployment_id = ? AND until = ?")
				.params(deployment.value(), Timestamp.from(until))
				.update();
		}
		catch (DataAccessException | TransactionException ex) {
			logger.warn("A deployment counts as being tested until {}: {}", until, ex.getMessage());
		}
	}

	/** Returns an instant as the database keeps it. */
	static Instant kept(Instant instant) {
		return instant.truncatedTo(ChronoUnit.MICROS);
	}

}
