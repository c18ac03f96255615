package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

import io.exchequer.billing.Admission;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@code admit_holds}: says each balance, each key's minute and each tenant
 * of the batch once, and the rows by their places among them.
 */
final class AdmitBatch {

	private static final String SQL = """
			SELECT row_no, verdict, balance_no, limit_nanos, remaining_nanos
			FROM share_tenants(?::uuid[]) t(shared) CROSS JOIN LATERAL admit_holds(
				p_owner => CASE WHEN t.shared THEN ?::uuid END, p_fence => ?, p_lease_until => ?, p_retry => ?,
				t_tenant => ?::uuid[], t_epoch => ?,
				k_tenant => ?::uuid[], k_budget => ?::uuid[], k_start => ?, k_end => ?::bigint[], k_sum => ?,
				q_tenant => ?::uuid[], q_key => ?::uuid[], q_minute => ?, q_requests => ?, q_tokens => ?,
				q_rpm => ?::bigint[], q_tpm => ?::bigint[],
				m_balance => ?,
				r_pair => ?, r_from => ?, r_to => ?, r_rate => ?, r_rpm => ?::bigint[], r_tpm => ?::bigint[],
				r_amount => ?, r_tokens => ?, r_soft => ?::boolean[], r_attempt => ?, r_at => ?,
				r_id => ?::uuid[], r_request => ?::uuid[], r_team => ?::uuid[], r_project => ?::uuid[],
				r_key => ?::uuid[], r_provider => ?::uuid[], r_model => ?::uuid[], r_deployment => ?::uuid[],
				r_card => ?::uuid[], r_currency => ?, r_task => ?, r_cost_centre => ?, r_tags => ?)""";

	private final List<AdmitCall> calls;

	private final Map<TenantEpoch, Place<TenantEpoch>> pairs = new HashMap<>();

	private final List<Place<TenantEpoch>> pairList = new ArrayList<>();

	private final Map<BalanceKey, Balance> balances = new HashMap<>();

	private final List<Balance> balanceList = new ArrayList<>();

	private final Map<MinuteKey, Minute> minutes = new HashMap<>();

	private final List<Minute> minuteList = new ArrayList<>();

	private final List<Balance> memberships = new ArrayList<>();

	private final int[] pairOf;

	private final int[] from;

	private final int[] to;

	private final int[] minuteOf;

	/**
	 * Lays a batch out.
	 * @throws ArithmeticException if its sums do not fit into a long
	 */
	AdmitBatch(List<AdmitCall> calls) {
		this.calls = calls;
		this.pairOf = new int[calls.size()];
		this.from = new int[calls.size()];
		this.to = new int[calls.size()];
		this.minuteOf = new int[calls.size()];
		for (int i = 0; i < calls.size(); i++) {
			add(i, calls.get(i));
		}
	}

	private void add(int i, AdmitCall call) {
		this.pairOf[i] = this.pairs.computeIfAbsent(new TenantEpoch(call.tenant(), call.epoch()), (key) -> {
			Place<TenantEpoch> place = new Place<>(key, this.pairList.size() + 1);
			this.pairList.add(place);
			return place;
		}).number();
		this.from[i] = this.memberships.size() + 1;
		for (Charge charge : call.charges()) {
			BalanceKey key = new BalanceKey(call.tenant(), charge.budget().id(), charge.period().start());
			Balance balance = this.balances.computeIfAbsent(key, (missing) -> {
				Balance made = new Balance(missing, charge, this.balanceList.size() + 1);
				this.balanceList.add(made);
				return made;
			});
			balance.sum = Math.addExact(balance.sum, call.request().worstCaseNanos());
			this.memberships.add(balance);
		}
		this.to[i] = this.memberships.size();
		if (call.rated()) {
			UUID keyId = call.request().chargeTo().key().value();
			Minute minute = this.minutes.computeIfAbsent(new MinuteKey(call.tenant(), keyId, call.minute()),
					(missing) -> {
						Minute made = new Minute(missing, this.minuteList.size() + 1);
						this.minuteList.add(made);
						return made;
					});
			minute.add(call.request());
			this.minuteOf[i] = minute.number;
		}
	}

	/**
	 * Runs the batch and finishes each of its calls.
	 * @param granted told of each hold before its caller is
	 * @throws SQLException if it failed; see {@link PostingBatch#isBusy} for what waits
	 */
	void run(Connection connection, UUID owner, long fence, Instant leaseUntil, Consumer<Hold> granted)
			throws SQLException {
		@Nullable Admission[] verdicts = new Admission[this.calls.size()];
		try (PreparedStatement statement = connection.prepareStatement(SQL)) {
			bind(new Parameters(statement), owner, fence, leaseUntil);
			try (ResultSet row = statement.executeQuery()) {
				while (row.next()) {
					int place = row.getInt("row_no") - 1;
					verdicts[place] = verdict(this.calls.get(place), row);
				}
			}
		}
		for (int i = 0; i < verdicts.length; i++) {
			Admission verdict = verdicts[i];
			if (verdict == null) {
				Hold hold = new Hold(this.calls.get(i).request(), fence);
				granted.accept(hold);
				this.calls.get(i).finish(new Admission.Granted(hold));
			}
			else {
				this.calls.get(i).finish(verdict);
			}
		}
	}

	private void bind(Parameters parameters, UUID owner, long fence, Instant leaseUntil) throws SQLException {
		parameters.uuids(this.pairList, (pair) -> pair.key().tenant())
			.value(owner)
			.value(fence)
			.value(Parameters.micros(leaseUntil))
			.value(this.calls.stream().anyMatch(AdmitCall::retry))
			.uuids(this.pairList, (pair) -> pair.key().tenant())
			.longs(this.pairList, (pair) -> pair.key().epoch())
			.uuids(this.balanceList, (balance) -> balance.key.tenant())
			.uuids(this.balanceList, (balance) -> balance.key.budget())
			.longs(this.balanceList, (balance) -> Parameters.micros(balance.key.start()))
			.optionalLongs(this.balanceList, Balance::endMicros)
			.longs(this.balanceList, (balance) -> balance.sum)
			.uuids(this.minuteList, (minute) -> minute.key.tenant())
			.uuids(this.minuteList, (minute) -> minute.key.keyId())
			.longs(this.minuteList, (minute) -> Parameters.micros(minute.key.start()))
			.longs(this.minuteList, (minute) -> minute.requests)
			.longs(this.minuteList, (minute) -> minute.tokens)
			.optionalLongs(this.minuteList, (minute) -> minute.rpm)
			.optionalLongs(this.minuteList, (minute) -> minute.tpm)
			.ints(this.memberships.stream().mapToInt((balance) -> balance.number).toArray())
			.ints(this.pairOf)
			.ints(this.from)
			.ints(this.to)
			.ints(this.minuteOf);
		bindRows(parameters);
	}

	private void bindRows(Parameters parameters) throws SQLException {
		List<HoldRequest> rows = this.calls.stream().map(AdmitCall::request).toList();
		parameters.optionalLongs(rows, (row) -> row.chargeTo().requestsPerMinute())
			.optionalLongs(rows, (row) -> row.chargeTo().tokensPerMinute())
			.longs(rows, HoldRequest::worstCaseNanos)
			.longs(rows, AdmitCall::heldTokens)
			.booleans(rows, HoldRequest::refuseOverSoftLimit)
			.ints(rows.stream().mapToInt(HoldRequest::attempt).toArray())
			.longs(rows, (row) -> Parameters.micros(row.at()))
			.uuids(rows, HoldRequest::holdId)
			.uuids(rows, HoldRequest::requestId)
			.uuids(rows, (row) -> row.chargeTo().team().value())
			.uuids(rows, (row) -> row.chargeTo().project().value())
			.uuids(rows, (row) -> row.chargeTo().key().value())
			.uuids(rows, (row) -> row.deployment().provider().id())
			.uuids(rows, (row) -> row.deployment().model().id().value())
			.uuids(rows, (row) -> row.deployment().id().value())
			.uuids(rows, (row) -> row.priceCard().id())
			.texts(rows, (row) -> row.priceCard().currency().getCurrencyCode())
			.texts(rows, (row) -> row.chargeTo().task())
			.texts(rows, (row) -> row.chargeTo().costCentre())
			.texts(rows, (row) -> Parameters.textArray(row.chargeTo().tags()));
	}

	private Admission verdict(AdmitCall call, ResultSet row) throws SQLException {
		ChargeTo chargeTo = call.request().chargeTo();
		String verdict = row.getString("verdict");
		return switch (verdict) {
			case "stale" -> new Admission.StaleConfiguration();
			case "rpm" -> overRate(call, false, chargeTo.requestsPerMinute());
			case "tpm" -> overRate(call, true, chargeTo.tokensPerMinute());
			case "hard", "soft" -> {
				Charge charge = this.balanceList.get(row.getInt("balance_no") - 1).charge;
				yield new Admission.OverBudget(charge.budget().id(), charge.budget().name(), verdict.equals("soft"),
						charge.budget().currency(), row.getBigDecimal("limit_nanos"),
						row.getBigDecimal("remaining_nanos"), charge.period().end());
			}
			default -> throw new IllegalStateException("admit_holds gave an unknown verdict: " + verdict);
		};
	}

	private static Admission overRate(AdmitCall call, boolean tokens, @Nullable Integer limit) {
		Duration untilNextMinute = Duration.between(call.request().at(), call.minute().plusSeconds(60));
		return new Admission.OverRate(tokens, (limit != null) ? limit : 0, untilNextMinute);
	}

	private record TenantEpoch(UUID tenant, long epoch) {
	}

	private record Place<K>(K key, int number) {
	}

	private record BalanceKey(UUID tenant, UUID budget, Instant start) {
	}

	private record MinuteKey(UUID tenant, UUID keyId, Instant start) {
	}

	private static final class Balance {

		private final BalanceKey key;

		private final Charge charge;

		private final int number;

		private long sum;

		Balance(BalanceKey key, Charge charge, int number) {
			this.key = key;
			this.charge = charge;
			this.number = number;
		}

		private @Nullable Long endMicros() {
			Instant end = this.charge.period().end();
			return (end != null) ? Parameters.micros(end) : null;
		}

	}

	private static final class Minute {

		private final MinuteKey key;

		private final int number;

		private long requests;

		private long tokens;

		private @Nullable Integer rpm;

		private @Nullable Integer tpm;

		Minute(MinuteKey key, int number) {
			this.key = key;
			this.number = number;
		}

		private void add(HoldRequest request) {
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
