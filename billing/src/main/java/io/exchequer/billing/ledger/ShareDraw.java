package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

import io.exchequer.billing.Admission;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.ReserveShare;

/**
 * Exchanges a share of a reserve for a hold, and back, each in one transaction.
 */
final class ShareDraw {

	private static final String TAKE = "SELECT take_share(?, ?, ?::integer, ?, ?, ?::uuid[], ?)";

	private static final String RETURN = "SELECT return_share(?, ?, ?, ?, ?, ?, ?::integer, ?)";

	private ShareDraw() {
	}

	/**
	 * Takes a share out of its reserve and admits the call in its place; where that is
	 * refused, the share stays.
	 * @param granted told of the hold once it is durable
	 */
	static Admission run(Connection connection, AdmitCall call, ReserveShare share, UUID owner, long fence,
			Instant leaseUntil, Consumer<Hold> granted) throws SQLException {
		boolean kept = false;
		connection.setAutoCommit(false);
		try {
			Admission admission = inTransaction(connection, call, share, owner, fence, leaseUntil);
			if (admission instanceof Admission.Granted(Hold hold)) {
				connection.commit();
				kept = true;
				granted.accept(hold);
			}
			return admission;
		}
		finally {
			end(connection, kept);
		}
	}

	/** Ends a transaction; what was not committed is undone. */
	static void end(Connection connection, boolean committed) throws SQLException {
		if (!committed && !connection.isClosed()) {
			connection.rollback();
		}
		connection.setAutoCommit(true);
	}

	private static Admission inTransaction(Connection connection, AdmitCall call, ReserveShare share, UUID owner,
			long fence, Instant leaseUntil) throws SQLException {
		String taken = take(connection, call, share);
		return switch (taken) {
			case "taken" -> {
				new AdmitBatch(List.of(call)).run(connection, owner, fence, leaseUntil, (hold) -> {
				});
				yield outcome(call);
			}
			case "held" -> new Admission.Granted(new Hold(call.request(), fence));
			case "gone" -> new Admission.ShareGone();
			default -> throw new IllegalStateException("take_share gave an unknown answer: " + taken);
		};
	}

	/** Returns the outcome of a call whose batch has run. */
	static Admission outcome(AdmitCall call) {
		try {
			return call.outcome();
		}
		catch (UnavailableException ex) {
			throw new IllegalStateException("its batch has run", ex);
		}
	}

	private static String take(Connection connection, AdmitCall call, ReserveShare share) throws SQLException {
		HoldRequest request = call.request();
		try (PreparedStatement statement = connection.prepareStatement(TAKE)) {
			new Parameters(statement).value(call.tenant())
				.value(share.reserveId())
				.value(share.number())
				.value(request.requestId())
				.value(request.holdId())
				.uuids(call.charges(), (charge) -> charge.budget().id())
				.longs(call.charges(), (charge) -> Parameters.micros(charge.period().start()));
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				return row.getString(1);
			}
		}
	}

	/**
	 * Puts back what a hold had drawn; where that cannot be, it is released as any other.
	 */
	static void giveBack(Connection connection, SettleCall call, SettleCall.Ending ending, ReserveShare share)
			throws SQLException {
		Hold hold = ending.hold();
		boolean returned;
		try (PreparedStatement statement = connection.prepareStatement(RETURN)) {
			new Parameters(statement).value(call.tenant())
				.value(hold.request().requestId())
				.value(hold.id())
				.value(hold.fence())
				.value(share.reserveId())
				.value(share.partId())
				.value(share.number())
				.value(share.nanos());
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				returned = row.getBoolean(1);
			}
		}
		if (!returned) {
			new SettleBatch(List.of(call)).run(connection);
			return;
		}
		if (ending.decision() != null) {
			new SettleBatch(List.of(new SettleCall(new SettleCall.DecisionOnly(ending.decision())))).run(connection);
		}
		call.finish(new SettleCall.Outcome.Done(ending.settled(0, false)));
	}

}
