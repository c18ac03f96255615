package io.exchequer.billing;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Currency;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * A limit on what a scope may spend in each run of a window. At least one limit is set.
 *
 * @param tenant whose budget
 * @param id its identifier
 * @param name unique in the tenant
 * @param scope what it stands above
 * @param window how often it begins anew
 * @param zone the time zone of its calendar
 * @param currency the currency it counts
 * @param hardLimitNanos what is never exceeded, in nano-units, or null for none
 * @param softLimitNanos where cheaper models are preferred, in nano-units, or null for
 * none
 */
public record Budget(TenantId tenant, UUID id, String name, BudgetScope scope, BudgetWindow window, ZoneId zone,
		Currency currency, @Nullable BigDecimal hardLimitNanos, @Nullable BigDecimal softLimitNanos) {

	/** Returns the run of its window that contains an instant. */
	public BudgetWindow.Period period(Instant at) {
		return this.window.period(at, this.zone);
	}

}
