package io.exchequer.billing;

import java.util.Optional;
import java.util.UUID;

import io.exchequer.kernel.Money;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.TokenUsage;

/**
 * Posts what later evidence shows.
 */
public interface Corrections {

	/**
	 * Reverses what stands for an attempt and posts the right cost instead, durably;
	 * every budget window that has the attempt moves by the difference.
	 * @param holdId the attempt's hold, which its ledger lines carry
	 * @param usage what was really used
	 * @param cost what it really cost, in the currency of the attempt's lines
	 * @param reason why, such as {@code invoice_2026_10}; 1 to 200 characters
	 * @return what stood before, in nano-units, or empty where nothing is posted for the
	 * attempt: nothing was changed then
	 */
	Optional<Long> correct(TenantId tenant, UUID requestId, UUID holdId, TokenUsage usage, Money cost, String reason);

}
