package io.exchequer.billing;

import io.exchequer.kernel.Money;

/**
 * A durable settlement.
 *
 * @param cost what was posted for the attempt
 * @param overBound whether the cost was more than a hold that was a proven bound: the
 * deployment must be quarantined, and {@link OverBoundAttempts} knows of it
 * @param alreadySettled whether the attempt had been settled before, so that nothing new
 * was posted
 */
public record Settled(Money cost, boolean overBound, boolean alreadySettled) {
}
