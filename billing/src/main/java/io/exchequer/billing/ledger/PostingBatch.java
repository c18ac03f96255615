package io.exchequer.billing.ledger;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

import io.exchequer.billing.Admission;
import io.exchequer.billing.Budget;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.ledger.SettleCall.DecisionOnly;
import io.exchequer.billing.ledger.SettleCall.Ending;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@code post_batch}: admissions, endings and decisions of any tenants, under
 * the assumption that all of it is granted. The sums are made here, the database checks
 * that they hold.
 */
final class PostingBatch {

	private static final String SQL = """
			SELECT post_batch(?::posting_tenant[], ?::posting_ending[], ?::posting_balance[], ?::posting_minute[],
				?::posting_hold[], ?::posting_entry[], ?::posting_decision[])""";

	private static final String NOT_AS_ASSUMED = "XQ";

	/** As the database orders identifiers. */
	private static final Comparator<UUID> BY_BYTES = Comparator
		.comparing(UUID::getMostSignificantBits, Long::compareUnsigned)
		.thenComparing(UUID::getLeastSignificantBits, Long::compareUnsigned);

	private final List<LedgerCall<?>> calls;

	private final long fence;

	private final Map<TenantEpoch, TenantEpoch> tenants = new HashMap<>();

	private final Map<BalanceKey, Balance> balances = new HashMap<>();

	private final Map<MinuteKey, Minute> minutes = new HashMap<>();

	private final CompositeArray endings = new CompositeArray();

	private final CompositeArray holds = new CompositeArray();

	private final CompositeArray entries = new CompositeArray();

	private final CompositeArray decisions = new CompositeArray();

	/**
	 * Lays a batch out.
	 * @param owner this process
	 * @param fence the fencing token of new holds
	 * @param leaseUntil when the lease of new holds ends
	 * @throws ArithmeticException if its sums do not fit into a long
	 */
	PostingBatch(List<LedgerCall<?>> calls, UUID owner, long fence, Instant leaseUntil) {
		this.calls = calls;
		this.fence = fence;
		for (LedgerCall<?> call : calls) {
			switch (call) {
				case AdmitCall admission -> admit(admission, owner, fence, leaseUntil);
				case SettleCall settlement -> {
					if (settlement.row() instanceof Ending ending) {
						end(ending);
					}
					DecisionRow decision = settlement.row().decision();
					if (decision != null) {
						this.decisions.row()
							.add(decision.tenant().value())
							.add(decision.requestId())
							.add(decision.at())
							.add(decision.policyVersionId())
							.add(decision.encoded());
					}
				}
			}
		}
	}

	private void admit(AdmitCall call, UUID owner, long fence, Instant leaseUntil) {
		HoldRequest request = call.request();
		ChargeTo to = request.chargeTo();
		tenant(call.tenant(), call.epoch());
		List<UUID> budgets = new ArrayList<>(call.charges().size());
		List<Instant> starts = new ArrayList<>(call.charges().size());
		for (Charge charge : call.charges()) {
			budgets.add(charge.budget().id());
			starts.add(charge.period().start());
			balance(call.tenant(), charge).admit(request, charge.budget());
		}
		if (call.rated()) {
			minute(request).admit(request);
		}
		this.holds.row().add(call.tenant()).add(request.requestId()).add(request.holdId()).number(request.attempt());
		origin(this.holds, request);
		this.holds.add(request.worstCaseNanos())
			.add(request.at())
			.add(leaseUntil)
			.add(fence)
			.add(owner)
			.add(request.priceCard().currency().getCurrencyCode())
			.add(to.task())
			.add(to.costCentre())
			.texts(to.tags());
		this.holds.uuids(budgets.isEmpty() ? null : budgets).instants(budgets.isEmpty() ? null : starts);
	}

	private void end(Ending ending) {
		HoldRequest request = ending.hold().request();
		UUID tenant = request.chargeTo().tenant().value();
		tenant(tenant, request.budgets().epoch(request.chargeTo().tenant()));
		this.endings.row().add(tenant).add(request.requestId()).add(request.holdId()).add(ending.hold().fence());
		for (Charge charge : Charge.of(request)) {
			balance(tenant, charge).end(request.worstCaseNanos(), ending.posted());
		}
		long back = ending.tokensBack();
		// A minute that is over limits nothing any more, and its row may be gone.
		if (back != 0 && ending.at().isBefore(AdmitCall.minute(request).plusSeconds(60))) {
			Minute minute = minute(request);
			minute.back = Math.addExact(minute.back, back);
		}
		if (!ending.release()) {
			entry(ending);
		}
	}

	private void entry(Ending ending) {
		HoldRequest request = ending.hold().request();
		this.entries.row()
			.add(request.chargeTo().tenant().value())
			.add(ending.at().isBefore(request.at()) ? request.at() : ending.at())
			.add(request.holdId())
			.number(request.attempt())
			.add(request.requestId());
		origin(this.entries, request);
		this.entries.add(request.at())
			.add(ending.posted())
			.add((ending.reason() == null) ? "settlement" : "estimate")
			.add(request.priceCard().currency().getCurrencyCode())
			.add(ending.serviceTier())
			.add(request.chargeTo().task())
			.texts(request.chargeTo().tags())
			.add(request.chargeTo().costCentre())
			.add(ending.credentialId())
			.add(ending.upstreamRequestId())
			.add(ending.reason());
		TokenUsage usage = ending.usage();
		for (UsageBucket bucket : UsageCounts.COLUMNS) {
			this.entries.count((usage != null) ? usage.get(bucket) : 0);
		}
	}

	/** Adds team, project, key, provider, model, deployment and price card. */
	private static void origin(CompositeArray row, HoldRequest request) {
		row.add(request.chargeTo().team().value())
			.add(request.chargeTo().project().value())
			.add(request.chargeTo().key().value())
			.add(request.deployment().provider().id())
			.add(request.deployment().model().id().value())
			.add(request.deployment().id().value())
			.add(request.priceCard().id());
	}

	private void tenant(UUID tenant, long epoch) {
		TenantEpoch key = new TenantEpoch(tenant, epoch);
		this.tenants.putIfAbsent(key, key);
	}

	private Balance balance(UUID tenant, Charge charge) {
		return this.balances.computeIfAbsent(new BalanceKey(tenant, charge.budget().id(), charge.period().start()),
				(key) -> new Balance());
	}

	private Minute minute(HoldRequest request) {
		return this.minutes.computeIfAbsent(new MinuteKey(request.chargeTo().tenant().value(),
				request.chargeTo().key().value(), AdmitCall.minute(request)), (key) -> new Minute());
	}

	/**
	 * Returns whether a failure only says that something in a batch is not as usual.
	 */
	static boolean isNotAsAssumed(SQLException problem) {
		return problem.getSQLState() != null && problem.getSQLState().startsWith(NOT_AS_ASSUMED);
	}

	/**
	 * Runs the batch; its calls are still to be finished.
	 * @throws SQLException with a state of class XQ if things are not as assumed: nothing
	 * was done
	 */
	void run(Connection connection) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(SQL)) {
			new Parameters(statement).composites(tenantRows(), "posting_tenant")
				.composites(this.endings, "posting_ending")
				.composites(balanceRows(), "posting_balance")
				.composites(minuteRows(), "posting_minute")
				.composites(this.holds, "posting_hold")
				.composites(this.entries, "posting_entry")
				.composites(this.decisions, "posting_decision");
			statement.execute();
		}
	}

	/**
	 * Finishes each call of a batch that was run.
	 * @param granted told of each hold before its caller is
	 */
	void finish(Consumer<Hold> granted) {
		for (LedgerCall<?> call : this.calls) {
			switch (call) {
				case AdmitCall admission -> {
					Hold hold = new Hold(admission.request(), this.fence);
					granted.accept(hold);
					admission.finish(new Admission.Granted(hold));
				}
				case SettleCall settlement -> settlement.finish(switch (settlement.row()) {
					case Ending ending -> new SettleCall.Outcome.Done(ending.settled(ending.posted(), false));
					case DecisionOnly _ -> new SettleCall.Outcome.Recorded();
				});
			}
		}
	}

	private CompositeArray tenantRows() {
		CompositeArray rows = new CompositeArray();
		for (TenantEpoch tenant : sorted(this.tenants.keySet(),
				Comparator.comparing(TenantEpoch::tenant, BY_BYTES).thenComparing(TenantEpoch::epoch))) {
			rows.row().add(tenant.tenant()).add(tenant.epoch());
		}
		return rows;
	}

	private CompositeArray balanceRows() {
		CompositeArray rows = new CompositeArray();
		for (BalanceKey key : sorted(this.balances.keySet(),
				Comparator.comparing(BalanceKey::tenant, BY_BYTES)
					.thenComparing(BalanceKey::budget, BY_BYTES)
					.thenComparing(BalanceKey::start))) {
			Balance balance = this.balances.get(key);
			if (balance == null || balance.isUnmoved()) {
				continue;
			}
			rows.row()
				.add(key.tenant())
				.add(key.budget())
				.add(key.start())
				.add(balance.settled)
				.add(balance.held)
				.add(balance.wanted)
				.add(balance.most);
		}
		return rows;
	}

	private CompositeArray minuteRows() {
		CompositeArray rows = new CompositeArray();
		for (MinuteKey key : sorted(this.minutes.keySet(),
				Comparator.comparing(MinuteKey::tenant, BY_BYTES)
					.thenComparing(MinuteKey::keyId, BY_BYTES)
					.thenComparing(MinuteKey::start))) {
			Minute minute = this.minutes.get(key);
			if (minute == null) {
				continue;
			}
			rows.row()
				.add(key.tenant())
				.add(key.keyId())
				.add(key.start())
				.add(minute.requests)
				.add(minute.tokens)
				.add(minute.back)
				.add(minute.rpm)
				.add(minute.tpm);
		}
		return rows;
	}

	private static <T> List<T> sorted(Collection<T> keys, Comparator<T> order) {
		List<T> sorted = new ArrayList<>(keys);
		sorted.sort(order);
		return sorted;
	}

	private record TenantEpoch(UUID tenant, long epoch) {
	}

	private record BalanceKey(UUID tenant, UUID budget, Instant start) {
	}

	private record MinuteKey(UUID tenant, UUID keyId, Instant start) {
	}

	private static final class Balance {

		private long settled;

		private long held;

		private long wanted;

		private @Nullable BigDecimal most;

		void admit(HoldRequest request, Budget budget) {
			long amount = request.worstCaseNanos();
			this.held = Math.addExact(this.held, amount);
			this.wanted = Math.addExact(this.wanted, amount);
			if (amount > 0) {
				lower(budget.hardLimitNanos());
				if (request.refuseOverSoftLimit()) {
					lower(budget.softLimitNanos());
				}
			}
		}

		void end(long amount, long posted) {
			this.held = Math.subtractExact(this.held, amount);
			this.settled = Math.addExact(this.settled, posted);
		}

		boolean isUnmoved() {
			return this.held == 0 && this.settled == 0 && this.wanted == 0;
		}

		private void lower(@Nullable BigDecimal limit) {
			if (limit != null && (this.most == null || limit.compareTo(this.most) < 0)) {
				this.most = limit;
			}
		}

	}

	private static final class Minute {

		private long requests;

		private long tokens;

		private long back;

		private @Nullable Integer rpm;

		private @Nullable Integer tpm;

		void admit(HoldRequest request) {
			this.requests += (request.attempt() == 1) ? 1 : 0;
			this.tokens = Math.addExact(this.tokens, AdmitCall.heldTokens(request));
			this.rpm = lower(this.rpm, request.chargeTo().requestsPerMinute());
			this.tpm = lower(this.tpm, request.chargeTo().tokensPerMinute());
		}

		private static @Nullable Integer lower(@Nullable Integer one, @Nullable Integer other) {
			return (one == null || (other != null && other < one)) ? other : one;
		}

	}

}
