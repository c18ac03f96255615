/**
 * Ledger, holds and the group commit; internal to billing.
 */
@NullMarked
package io.exchequer.billing.ledger;

import org.jspecify.annotations.NullMarked;
