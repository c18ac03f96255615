package io.exchequer.billing;

import java.util.Optional;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.registry.PriceCard;

/**
 * Posts what later evidence shows.
 */
public interface Corrections {

	/**
	 * Reverses what stands for an attempt and posts the right cost instead, durably;
	 * every budget window that has the attempt moves by the difference. The cost is the
	 * card's price of the usage, so that a correction can be computed again as any entry
	 * can: a provider that billed other prices needs a card that says so.
	 * @param holdId the attempt's hold, which its ledger lines carry
	 * @param usage what was really used
	 * @param card the prices of the attempt's deployment that apply, in the currency of
	 * the attempt's lines
	 * @param serviceTier the tier that applies
	 * @param reason why, such as {@code invoice_2026_10}; 1 to 200 characters
	 * @return what stood before, in nano-units, or empty where nothing is posted for the
	 * attempt: nothing was changed then
	 * @throws IllegalArgumentException if the card is of another deployment or currency
	 */
	Optional<Long> correct(TenantId tenant, UUID requestId, UUID holdId, TokenUsage usage, PriceCard card,
			String serviceTier, String reason);

}
