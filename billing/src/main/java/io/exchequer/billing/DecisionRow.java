package io.exchequer.billing;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * A decision record as it is stored; routing encodes and decodes it.
 *
 * @param tenant the tenant
 * @param requestId the request
 * @param policyVersionId the interned version of the policy, or null where the name asked
 * for decided alone
 * @param encoded the record's bytes
 * @param at when it was decided
 */
public record DecisionRow(TenantId tenant, UUID requestId, @Nullable UUID policyVersionId, byte[] encoded, Instant at) {
}
