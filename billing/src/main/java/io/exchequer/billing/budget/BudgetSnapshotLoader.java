package io.exchequer.billing.budget;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.billing.Budget;
import io.exchequer.billing.BudgetScope;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.kernel.SnapshotLoader;
import io.exchequer.kernel.TenantId;
import org.springframework.stereotype.Component;

/**
 * Reads every budget and every tenant's budget epoch.
 */
@Component
public class BudgetSnapshotLoader implements SnapshotLoader<BudgetSnapshot> {

	private static final String BUDGETS = """
			SELECT tenant_id, id, name, scope_type, scope_value, window_kind, time_zone, currency,
				hard_limit_nanos, soft_limit_nanos
			FROM budget""";

	@Override
	public BudgetSnapshot load(Connection connection) throws SQLException {
		List<Budget> budgets = new ArrayList<>();
		try (PreparedStatement statement = connection.prepareStatement(BUDGETS);
				ResultSet row = statement.executeQuery()) {
			while (row.next()) {
				budgets.add(budget(row));
			}
		}
		Map<TenantId, Long> epochs = new HashMap<>();
		try (PreparedStatement statement = connection.prepareStatement("SELECT tenant_id, epoch FROM budget_epoch");
				ResultSet row = statement.executeQuery()) {
			while (row.next()) {
				epochs.put(new TenantId(row.getObject(1, UUID.class)), row.getLong(2));
			}
		}
		return new BudgetIndex(budgets, epochs);
	}

	private static Budget budget(ResultSet row) throws SQLException {
		return new Budget(new TenantId(row.getObject("tenant_id", UUID.class)), row.getObject("id", UUID.class),
				row.getString("name"),
				new BudgetScope(BudgetScope.Type.named(row.getString("scope_type")).orElseThrow(),
						row.getString("scope_value")),
				BudgetWindow.named(row.getString("window_kind")).orElseThrow(), ZoneId.of(row.getString("time_zone")),
				Currency.getInstance(row.getString("currency")), row.getBigDecimal("hard_limit_nanos"),
				row.getBigDecimal("soft_limit_nanos"));
	}

}
