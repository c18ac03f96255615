package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.ledger.SettleCall.DecisionOnly;
import io.exchequer.billing.ledger.SettleCall.Ending;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@code settle_holds}, and one of {@code settle_late} for each hold that was
 * no longer there.
 */
final class SettleBatch {

	private static final String SQL = """
			SELECT * FROM settle_holds(
				r_tenant => ?::uuid[], r_request => ?::uuid[], r_id => ?::uuid[], r_fence => ?, r_release => ?::boolean[],
				r_amount => ?::bigint[], r_usage => ?, r_others => ?, r_reason => ?, r_tier => ?,
				r_credential => ?::uuid[], r_upstream => ?, r_at => ?, r_key => ?::uuid[], r_minute => ?, r_give_back => ?,
				d_tenant => ?::uuid[], d_request => ?::uuid[], d_policy => ?::uuid[], d_encoded => ?, d_at => ?)""";

	private static final String LATE_SQL = """
			SELECT verdict, amount_nanos FROM settle_late(
				p_tenant => ?::uuid, p_request => ?::uuid, p_hold => ?::uuid, p_release => ?, p_amount => ?, p_usage => ?,
				p_others => ?::jsonb, p_reason => ?, p_tier => ?, p_credential => ?::uuid, p_upstream => ?, p_at => ?)""";

	private static final List<UsageBucket> BUCKETS = UsageCounts.COLUMNS;

	private final List<SettleCall> endings = new ArrayList<>();

	private final List<SettleCall> decisionsOnly = new ArrayList<>();

	private final List<DecisionRow> decisions;

	/**
	 * Lays a batch out: the holds in one order for everybody.
	 */
	SettleBatch(List<SettleCall> calls) {
		for (SettleCall call : calls) {
			((call.row() instanceof Ending) ? this.endings : this.decisionsOnly).add(call);
		}
		this.endings.sort(Comparator.comparing((SettleCall call) -> ending(call).hold().request().requestId())
			.thenComparing((call) -> ending(call).hold().id()));
		this.decisions = calls.stream().map((call) -> call.row().decision()).filter(Objects::nonNull).toList();
	}

	/**
	 * Runs the batch and finishes each of its calls.
	 */
	void run(Connection connection) throws SQLException {
		boolean[] missing = new boolean[this.endings.size()];
		try (PreparedStatement statement = connection.prepareStatement(SQL)) {
			bind(new Parameters(statement));
			try (ResultSet row = statement.executeQuery()) {
				while (row.next()) {
					missing[row.getInt(1) - 1] = true;
				}
			}
		}
		this.decisionsOnly.forEach((call) -> call.finish(new SettleCall.Outcome.Recorded()));
		List<SettleCall> late = new ArrayList<>();
		for (int i = 0; i < missing.length; i++) {
			SettleCall call = this.endings.get(i);
			if (missing[i]) {
				late.add(call);
			}
			else {
				Ending ending = ending(call);
				call.finish(new SettleCall.Outcome.Done(ending.settled(ending.posted(), false)));
			}
		}
		for (SettleCall call : late) {
			call.finish(runLate(connection, ending(call)));
		}
	}

	private void bind(Parameters parameters) throws SQLException {
		List<Ending> rows = this.endings.stream().map(SettleBatch::ending).toList();
		parameters.uuids(rows, (row) -> row.hold().request().chargeTo().tenant().value())
			.uuids(rows, (row) -> row.hold().request().requestId())
			.uuids(rows, (row) -> row.hold().id())
			.longs(rows, (row) -> row.hold().fence())
			.booleans(rows, Ending::release)
			.optionalLongs(rows, Ending::amount)
			.longs(usage(rows))
			.texts(rows, (row) -> UsageCounts.others(row.usage()))
			.texts(rows, Ending::reason)
			.texts(rows, Ending::serviceTier)
			.uuids(rows, Ending::credentialId)
			.texts(rows, Ending::upstreamRequestId)
			.longs(rows, (row) -> Parameters.micros(row.at()))
			.uuids(rows, (row) -> row.hold().request().chargeTo().key().value())
			.longs(rows, (row) -> Parameters.micros(AdmitCall.minute(row.hold().request())))
			.longs(rows, Ending::tokensBack)
			.uuids(this.decisions, (decision) -> decision.tenant().value())
			.uuids(this.decisions, DecisionRow::requestId)
			.uuids(this.decisions, DecisionRow::policyVersionId)
			.bytes(this.decisions, DecisionRow::encoded)
			.longs(this.decisions, (decision) -> Parameters.micros(decision.at()));
	}

	private SettleCall.Outcome runLate(Connection connection, Ending row) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(LATE_SQL)) {
			new Parameters(statement).value(row.hold().request().chargeTo().tenant().value())
				.value(row.hold().request().requestId())
				.value(row.hold().id())
				.value(row.release())
				.value(row.amount())
				.longs(usage(List.of(row)))
				.value(UsageCounts.others(row.usage()))
				.value(row.reason())
				.value(row.serviceTier())
				.value(row.credentialId())
				.value(row.upstreamRequestId())
				.value(Parameters.micros(row.at()));
			try (ResultSet result = statement.executeQuery()) {
				result.next();
				String verdict = result.getString("verdict");
				return switch (verdict) {
					case "unknown" -> new SettleCall.Outcome.Unknown();
					case "late" -> new SettleCall.Outcome.Done(row.settled(result.getLong("amount_nanos"), false));
					case "settled" -> new SettleCall.Outcome.Done(row.settled(result.getLong("amount_nanos"), true));
					default -> throw new IllegalStateException("settle_late gave an unknown verdict: " + verdict);
				};
			}
		}
	}

	/**
	 * Lays usages out as the database reads them: a count for each bucket with a column,
	 * of each row.
	 */
	static long[] usage(List<Ending> rows) {
		long[] counts = new long[rows.size() * BUCKETS.size()];
		for (int i = 0; i < rows.size(); i++) {
			TokenUsage usage = rows.get(i).usage();
			for (int bucket = 0; usage != null && bucket < BUCKETS.size(); bucket++) {
				counts[i * BUCKETS.size() + bucket] = usage.get(BUCKETS.get(bucket));
			}
		}
		return counts;
	}

	private static Ending ending(SettleCall call) {
		return switch (call.row()) {
			case Ending ending -> ending;
			case DecisionOnly decision -> throw new IllegalStateException("not the end of a hold: " + decision);
		};
	}

}
