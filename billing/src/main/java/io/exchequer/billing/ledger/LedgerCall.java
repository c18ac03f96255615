package io.exchequer.billing.ledger;

import java.util.UUID;

/**
 * A call that waits for the ledger's database.
 *
 * @param <R> its outcome
 */
abstract sealed class LedgerCall<R> extends GroupCommit.Entry<R> permits AdmitCall, SettleCall {

	/** Returns whose money it moves, or whose decision it records. */
	abstract UUID tenant();

	/** Returns whether it moves money, and so needs its tenant's lock. */
	abstract boolean movesMoney();

}
