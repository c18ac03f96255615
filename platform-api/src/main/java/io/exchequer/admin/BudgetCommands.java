package io.exchequer.admin;

import java.util.List;

import io.exchequer.billing.Budget;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Change;
import io.exchequer.registry.Put;

import org.springframework.stereotype.Component;

/**
 * Changes budgets, and records it. Each joins the caller's transaction.
 */
@Component
class BudgetCommands {

	Change<Budget> put(TenantId tenant, BudgetEntry entry, Put put) {
		throw new UnsupportedOperationException("budgets");
	}

	List<BudgetEntry> entries(TenantId tenant) {
		return List.of();
	}

}
