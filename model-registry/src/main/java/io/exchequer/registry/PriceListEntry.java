package io.exchequer.registry;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/**
 * What was understood of one entry of a price list.
 *
 * @param name its name in the list, such as {@code azure/gpt-4o}
 * @param provider the provider as the list calls it; empty where it names none
 * @param mode what the model is for, as the list calls it; empty where it does not say
 * @param outcome how much was understood
 * @param tiers its prices, in the form of a price card's; empty where it has none
 * @param complete whether the tiers can be a deployment's card as they stand
 * @param regions what every price is multiplied by for calls that are bound to a region,
 * by the region's name
 * @param reasons what was not understood, and why; of a {@link Outcome#PRICED} entry none
 * @param notes what a reader of the prices should know; nothing that was left out
 */
public record PriceListEntry(String name, String provider, String mode, Outcome outcome, List<PriceTier> tiers,
		boolean complete, Map<String, BigDecimal> regions, List<Reason> reasons, List<String> notes) {

	public PriceListEntry {
		tiers = List.copyOf(tiers);
		regions = Map.copyOf(regions);
		reasons = List.copyOf(reasons);
		notes = List.copyOf(notes);
	}

	/** How much of an entry was understood. */
	public enum Outcome {

		/** Every field, and there are prices. */
		PRICED,
		/** Every field, and none is a price: the list says nothing of what it costs. */
		UNPRICED,
		/** There are prices, but something that bears on the cost was left out. */
		PARTLY,
		/** Nothing: it is no entry, contradicts itself, or has no price that is known. */
		REFUSED

	}

	/**
	 * Why something was not understood.
	 *
	 * @param code stable, in snake case
	 * @param field the field at fault, or empty for the whole entry
	 * @param message for people
	 */
	public record Reason(String code, String field, String message) {
	}

}
