package io.exchequer.configuration;

import io.exchequer.billing.BillingUnavailableException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class NewestBudgetsTests {

	@Test
	void saysThatBillingIsUnavailableWhereTheBudgetsCannotBeRead() {
		NewestBudgets budgets = new NewestBudgets(new ConfigurationSource() {

			@Override
			public Configuration current() {
				throw new AssertionError("what is in memory may be stale");
			}

			@Override
			public Configuration refresh() {
				throw new StaleConfigurationException("the database does not answer");
			}

		});
		assertThatExceptionOfType(BillingUnavailableException.class).isThrownBy(budgets::refresh)
			.withCauseInstanceOf(StaleConfigurationException.class);
	}

}
