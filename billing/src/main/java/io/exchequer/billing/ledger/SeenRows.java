package io.exchequer.billing.ledger;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import io.exchequer.billing.ledger.SettleCall.DecisionOnly;
import io.exchequer.billing.ledger.SettleCall.Ending;

/**
 * What this process knows of the rows in the database: which windows and minutes have
 * theirs, and how far each tenant's budgets have come. It may forget, which costs a batch
 * that is run row by row.
 */
final class SeenRows {

	private static final int ROWS_MAX = 100_000;

	private final Set<Row> rows = ConcurrentHashMap.newKeySet();

	private final Map<UUID, Long> epochs = new ConcurrentHashMap<>();

	/** Returns whether everything that an admission moves is known to be there. */
	boolean knows(AdmitCall call) {
		for (Charge charge : call.charges()) {
			if (!this.rows.contains(new Row(charge.budget().id(), charge.period().start()))) {
				return false;
			}
		}
		return !call.rated() || this.rows.contains(new Row(call.request().chargeTo().key().value(), call.minute()));
	}

	/** Returns whether no newer budgets are known than those an ending stands on. */
	boolean knows(SettleCall call) {
		return switch (call.row()) {
			case DecisionOnly _ -> true;
			case Ending ending -> {
				var request = ending.hold().request();
				Long newest = this.epochs.get(call.tenant());
				yield newest == null || newest <= request.budgets().epoch(request.chargeTo().tenant());
			}
		};
	}

	/** Notes what an admission that was decided row by row has found or made. */
	void note(AdmitCall call) {
		if (this.rows.size() > ROWS_MAX) {
			this.rows.clear();
		}
		call.charges().forEach((charge) -> this.rows.add(new Row(charge.budget().id(), charge.period().start())));
		if (call.rated()) {
			this.rows.add(new Row(call.request().chargeTo().key().value(), call.minute()));
		}
		this.epochs.merge(call.tenant(), call.epoch(), Math::max);
	}

	private record Row(UUID id, Instant start) {
	}

}
