package io.exchequer.billing.ledger;

/**
 * A call that waits for the ledger's database.
 *
 * @param <R> its outcome
 */
abstract sealed class LedgerCall<R> extends GroupCommit.Entry<R> permits AdmitCall, SettleCall {

}
