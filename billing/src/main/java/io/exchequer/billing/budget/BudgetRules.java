package io.exchequer.billing.budget;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Currency;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import io.exchequer.billing.Budget;
import io.exchequer.billing.BudgetDraft;
import io.exchequer.billing.BudgetScope;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;
import org.jspecify.annotations.Nullable;

/**
 * Makes a budget of a draft, or says everything that is wrong with it.
 */
final class BudgetRules {

	private static final int NAME_LENGTH_MAX = 120;

	private static final int TAG_LENGTH_MAX = 64;

	private static final int DECIMALS_MAX = 9;

	private static final BigDecimal LIMIT_MAX = BigDecimal.TEN.pow(18);

	private static final Set<String> ZONES = ZoneId.getAvailableZoneIds();

	private BudgetRules() {
	}

	static Budget budget(TenantId tenant, UUID id, BudgetDraft draft) {
		ValidationProblem.Collector problems = new ValidationProblem.Collector();
		String name = draft.name();
		problems.require(
				!name.isBlank() && name.strip().equals(name) && name.length() <= NAME_LENGTH_MAX
						&& name.chars().noneMatch(Character::isISOControl),
				"invalid_name", "name", "must have 1 to " + NAME_LENGTH_MAX
						+ " characters, none of them a control character, and no space at its ends");
		Optional<BudgetScope> scope = scope(tenant, draft, problems);
		Optional<BudgetWindow> window = BudgetWindow.named(draft.window());
		problems.require(window.isPresent(), "invalid_window", "window",
				"must be day, week, month, quarter, year or total");
		Optional<ZoneId> zone = zone(draft.timeZone());
		problems.require(zone.isPresent(), "invalid_time_zone", "timeZone",
				"must be a zone of the tz database such as UTC or Europe/Berlin");
		Optional<Currency> currency = currency(draft.currency());
		problems.require(currency.isPresent(), "invalid_currency", "currency", "must be an ISO 4217 code such as USD");
		BigDecimal hard = nanos("hardLimit", draft.hardLimit(), problems);
		BigDecimal soft = nanos("softLimit", draft.softLimit(), problems);
		problems.require(draft.hardLimit() != null || draft.softLimit() != null, "missing_limit", "hardLimit",
				"must be given, or softLimit");
		problems.require(hard == null || soft == null || soft.compareTo(hard) <= 0, "invalid_limit", "softLimit",
				"must not be above hardLimit");
		problems.throwIfAny();
		return new Budget(tenant, id, name, scope.orElseThrow(), window.orElseThrow(), zone.orElseThrow(),
				currency.orElseThrow(), hard, soft);
	}

	private static Optional<BudgetScope> scope(TenantId tenant, BudgetDraft draft,
			ValidationProblem.Collector problems) {
		Optional<BudgetScope.Type> type = BudgetScope.Type.named(draft.scopeType());
		String value = draft.scopeValue();
		if (type.isEmpty()) {
			problems.add("invalid_scope", "scopeType", "must be tenant, team, project, key, model or tag");
			return Optional.empty();
		}
		switch (type.get()) {
			case TENANT -> problems.require(value.equals(tenant.toString()), "invalid_scope", "scopeValue",
					"must be the tenant's own identifier, " + tenant);
			case TAG -> problems.require(!value.isBlank() && value.length() <= TAG_LENGTH_MAX, "invalid_scope",
					"scopeValue", "must be a tag of 1 to " + TAG_LENGTH_MAX + " characters");
			case TEAM, PROJECT, KEY, MODEL -> problems.require(isUuid(value), "invalid_scope", "scopeValue",
					"must be an identifier in lower case such as " + tenant);
		}
		return Optional.of(new BudgetScope(type.get(), value));
	}

	private static boolean isUuid(String text) {
		try {
			return UUID.fromString(text).toString().equals(text);
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	/** Offsets such as +02:00 are refused: they follow no calendar. */
	private static Optional<ZoneId> zone(String id) {
		try {
			return ZONES.contains(id) ? Optional.of(ZoneId.of(id)) : Optional.empty();
		}
		catch (DateTimeException ex) {
			return Optional.empty();
		}
	}

	private static Optional<Currency> currency(String code) {
		try {
			return Optional.of(Currency.getInstance(code));
		}
		catch (IllegalArgumentException ex) {
			return Optional.empty();
		}
	}

	private static @Nullable BigDecimal nanos(String field, @Nullable BigDecimal units,
			ValidationProblem.Collector problems) {
		if (units == null) {
			return null;
		}
		if (units.signum() < 0 || units.compareTo(LIMIT_MAX) > 0 || units.stripTrailingZeros().scale() > DECIMALS_MAX) {
			problems.add("invalid_limit", field,
					"must be 0 to " + LIMIT_MAX.toPlainString() + " with at most " + DECIMALS_MAX + " decimals");
			return null;
		}
		return units.movePointRight(DECIMALS_MAX).setScale(0, RoundingMode.UNNECESSARY);
	}

}
