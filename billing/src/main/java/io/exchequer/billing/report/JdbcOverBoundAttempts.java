package io.exchequer.billing.report;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

import javax.sql.DataSource;

import io.exchequer.billing.OverBoundAttempts;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.TenantId;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The table {@code over_bound}, which settlements write.
 */
public final class JdbcOverBoundAttempts implements OverBoundAttempts {

	private static final String OPEN = """
			SELECT tenant_id, hold_id, request_id, deployment_id, deployment_name, held_nanos, posted_nanos, posted_at
			FROM over_bound ORDER BY posted_at LIMIT ?""";

	private static final String CLOSE = "DELETE FROM over_bound WHERE tenant_id = ? AND hold_id = ?";

	private final JdbcClient jdbc;

	/**
	 * Reads and writes.
	 * @param dataSource the hot path's pool
	 */
	public JdbcOverBoundAttempts(DataSource dataSource) {
		this.jdbc = JdbcClient.create(dataSource);
	}

	@Override
	public List<OverBoundAttempt> open(int max) {
		return this.jdbc.sql(OPEN).param(max).query((row, n) -> attempt(row)).list();
	}

	private static OverBoundAttempt attempt(ResultSet row) throws SQLException {
		return new OverBoundAttempt(new TenantId(row.getObject("tenant_id", UUID.class)),
				row.getObject("hold_id", UUID.class), row.getObject("request_id", UUID.class),
				new DeploymentId(row.getObject("deployment_id", UUID.class)), row.getString("deployment_name"),
				row.getLong("held_nanos"), row.getLong("posted_nanos"),
				row.getObject("posted_at", OffsetDateTime.class).toInstant());
	}

	@Override
	public boolean close(OverBoundAttempt attempt) {
		return this.jdbc.sql(CLOSE).params(attempt.tenant().value(), attempt.holdId()).update() == 1;
	}

}
