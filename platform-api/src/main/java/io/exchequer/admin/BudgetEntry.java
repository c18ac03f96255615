package io.exchequer.admin;

import java.math.BigDecimal;

import io.exchequer.billing.BudgetScope;
import io.exchequer.kernel.Money;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;

/**
 * A budget as administrators write it. At least one limit is set.
 *
 * @param name its name, unique in the tenant
 * @param scope what it stands above; the whole tenant by default
 * @param window {@code day}, {@code week}, {@code month}, {@code quarter}, {@code year}
 * or {@code total}
 * @param zone the time zone of its calendar; {@code UTC} by default
 * @param currency an ISO 4217 code
 * @param hardLimit what is never exceeded, in whole units such as {@code "12.50"}
 * @param softLimit where cheaper models are preferred, in whole units
 */
record BudgetEntry(@NotNull String name, @Nullable @Valid ScopeEntry scope, @NotNull String window,
		@Nullable String zone, @NotNull String currency, @Nullable BigDecimal hardLimit,
		@Nullable BigDecimal softLimit) {

	/** Converts nano-units into whole units. */
	static @Nullable BigDecimal units(@Nullable BigDecimal nanos) {
		return (nanos != null) ? new BigDecimal(Money.plain(nanos)) : null;
	}

	/**
	 * What a budget stands above.
	 *
	 * @param type the kind of thing
	 * @param name the team's, the project's or the model's name, {@code project/key} for
	 * a key, the tag itself, and nothing for the tenant
	 */
	record ScopeEntry(BudgetScope.@NotNull Type type, @Nullable String name) {
	}

}
