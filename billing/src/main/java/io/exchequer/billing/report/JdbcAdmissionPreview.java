package io.exchequer.billing.report;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.sql.DataSource;

import io.exchequer.billing.Admission;
import io.exchequer.billing.AdmissionPreview;
import io.exchequer.billing.Budget;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.budget.BudgetIndex;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Decides as {@code admit_holds} does, from the balances as they stand. Two reads by
 * primary key: as many rows as budgets stand above the request, and one.
 */
public final class JdbcAdmissionPreview implements AdmissionPreview {

	private static final String BALANCES = """
			SELECT b.budget_id, b.settled + b.held AS used
			FROM unnest(?::uuid[], ?::timestamptz[]) w(id, start)
			JOIN balance b ON b.tenant_id = ? AND b.budget_id = w.id AND b.window_start = w.start""";

	private static final String RATE = """
			SELECT requests, tokens FROM rate_window WHERE tenant_id = ? AND key_id = ? AND minute = ?""";

	private final JdbcClient jdbc;

	/**
	 * Makes a preview.
	 * @param dataSource the hot path's pool
	 */
	public JdbcAdmissionPreview(DataSource dataSource) {
		this.jdbc = JdbcClient.create(dataSource);
	}

	@Override
	public Admission preview(HoldRequest request) {
		if (!(request.budgets() instanceof BudgetIndex index)) {
			throw new IllegalArgumentException("not a snapshot of this ledger's budgets: " + request.budgets());
		}
		Currency currency = request.priceCard().currency();
		List<BudgetIndex.ActiveBudget> above = index.above(request.chargeTo(), request.deployment().model().id());
		for (BudgetIndex.ActiveBudget each : above) {
			if (!each.budget().currency().equals(currency) && request.worstCaseNanos() > 0) {
				return new Admission.NoRate(each.budget().name(), each.budget().currency(), currency);
			}
		}
		List<BudgetIndex.ActiveBudget> counting = above.stream()
			.filter((each) -> each.budget().currency().equals(currency))
			.toList();
		Map<UUID, BigDecimal> used = used(request, counting);
		Admission over = over(request, counting, used, false);
		if (over == null && request.refuseOverSoftLimit()) {
			over = over(request, counting, used, true);
		}
		if (over == null) {
			over = overRate(request);
		}
		return (over != null) ? over : new Admission.Granted(new Hold(request, 0));
	}

	private Map<UUID, BigDecimal> used(HoldRequest request, List<BudgetIndex.ActiveBudget> budgets) {
		Map<UUID, BigDecimal> used = new HashMap<>();
		if (budgets.isEmpty()) {
			return used;
		}
		String ids = array(budgets.stream().map((each) -> each.budget().id()));
		String starts = array(budgets.stream().map((each) -> each.period(request.at()).start()));
		this.jdbc.sql(BALANCES).params(ids, starts, request.chargeTo().tenant().value()).query((row) -> {
			used.put(row.getObject("budget_id", UUID.class), row.getBigDecimal("used"));
		});
		return used;
	}

	private static String array(Stream<?> values) {
		return values.map(Object::toString).collect(Collectors.joining(",", "{", "}"));
	}

	/** Returns the tightest budget in the way, or null. */
	private static @Nullable Admission over(HoldRequest request, List<BudgetIndex.ActiveBudget> budgets,
			Map<UUID, BigDecimal> used, boolean soft) {
		BigDecimal wanted = BigDecimal.valueOf(request.worstCaseNanos());
		Admission.OverBudget tightest = null;
		for (BudgetIndex.ActiveBudget each : budgets) {
			Budget budget = each.budget();
			BigDecimal limit = soft ? budget.softLimitNanos() : budget.hardLimitNanos();
			if (limit == null) {
				continue;
			}
			BigDecimal left = limit.subtract(used.getOrDefault(budget.id(), BigDecimal.ZERO));
			if (left.compareTo(wanted) < 0 && (tightest == null || left.compareTo(tightest.remainingNanos()) < 0)) {
				BudgetWindow.Period period = each.period(request.at());
				tightest = new Admission.OverBudget(budget.id(), budget.name(), soft, budget.currency(), limit, left,
						period.end());
			}
		}
		return tightest;
	}

	private @Nullable Admission overRate(HoldRequest request) {
		ChargeTo chargeTo = request.chargeTo();
		Integer requests = chargeTo.requestsPerMinute();
		Integer tokens = chargeTo.tokensPerMinute();
		if (requests == null && tokens == null) {
			return null;
		}
		Instant minute = request.at().truncatedTo(ChronoUnit.MINUTES);
		Duration wait = Duration.between(request.at(), minute.plus(Duration.ofMinutes(1)));
		Used used = this.jdbc.sql(RATE)
			.params(chargeTo.tenant().value(), chargeTo.key().value(), minute.atOffset(ZoneOffset.UTC))
			.query((row, n) -> new Used(row.getLong("requests"), row.getLong("tokens")))
			.optional()
			.orElse(new Used(0, 0));
		if (requests != null && request.attempt() == 1 && used.requests() + 1 > requests) {
			return new Admission.OverRate(false, requests, wait);
		}
		if (tokens != null && used.tokens() + request.worstCaseTokens() > tokens) {
			return new Admission.OverRate(true, tokens, wait);
		}
		return null;
	}

	private record Used(long requests, long tokens) {
	}

}
