package io.exchequer.billing;

import java.time.Instant;
import java.util.UUID;

/**
 * A share of a reserve: what was set aside for one call of work that was admitted as a
 * whole. A hold that names it takes its place, so that the call is admitted however
 * little the budgets have left otherwise; a call that costs more than the share asks the
 * budgets for the rest.
 *
 * @param reserveId the reserve
 * @param partId the part of the reserve that it belongs to
 * @param number its number in the reserve
 * @param nanos what it holds, in nano-units, zero or more
 * @param reservedAt the reserve's admission instant: the windows of that instant are
 * charged
 */
public record ReserveShare(UUID reserveId, UUID partId, int number, long nanos, Instant reservedAt) {
}
