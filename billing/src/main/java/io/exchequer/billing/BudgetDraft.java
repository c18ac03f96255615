package io.exchequer.billing;

import java.math.BigDecimal;

import org.jspecify.annotations.Nullable;

/**
 * What a budget is to be.
 *
 * @param name unique in the tenant, 1 to 120 characters
 * @param scopeType {@code tenant}, {@code team}, {@code project}, {@code key},
 * {@code model} or {@code tag}
 * @param scopeValue the identifier of what it stands above, or the tag
 * @param window {@code day}, {@code week}, {@code month}, {@code quarter}, {@code year}
 * or {@code total}
 * @param timeZone the zone of its calendar, as in the tz database: {@code Europe/Berlin}
 * @param currency an ISO 4217 code
 * @param hardLimit what is never exceeded, in whole units with at most nine decimals, or
 * null for none
 * @param softLimit where cheaper models are preferred, likewise
 */
public record BudgetDraft(String name, String scopeType, String scopeValue, String window, String timeZone,
		String currency, @Nullable BigDecimal hardLimit, @Nullable BigDecimal softLimit) {
}
