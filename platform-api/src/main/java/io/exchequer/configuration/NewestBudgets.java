package io.exchequer.configuration;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.routing.FreshBudgets;

import org.springframework.stereotype.Component;

/**
 * Lets a request that is falling back go on where the budgets above it change meanwhile.
 */
@Component
class NewestBudgets implements FreshBudgets {

	private final ConfigurationSource configurations;

	NewestBudgets(ConfigurationSource configurations) {
		this.configurations = configurations;
	}

	@Override
	public BudgetSnapshot refresh() {
		try {
			return this.configurations.refresh().routing().budgets();
		}
		catch (StaleConfigurationException ex) {
			throw new BillingUnavailableException("the changed budgets could not be read", ex);
		}
	}

}
