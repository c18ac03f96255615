package io.exchequer.registry;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.PriceListEntry.Outcome;
import io.exchequer.registry.RegistryView.PriceCardView;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what was understood of price lists and proposes price cards from them. A proposal
 * prices nothing until it is approved, and then as any other card does. Each call joins
 * the caller's transaction.
 * <p>
 * Every method that takes the identifier of an import throws {@link NotFoundProblem}
 * where there is none.
 */
public interface PriceImports {

	/** How many of the latest imports keep their entries and differences. */
	int IMPORTS_WITH_ENTRIES = 20;

	/**
	 * Proposes a card of a list's prices for each deployment whose price in the list is
	 * not that of its latest card, nor what was proposed before and is open or was
	 * rejected. A newer proposal for a deployment supersedes the open one before.
	 * @param source where it is from; cards that come of it carry this. 1 to 512
	 * characters
	 * @param mapping the entry that has a deployment's price, by the deployment's name,
	 * where its provider and its upstream model do not tell
	 * @throws ValidationProblem {@code invalid_source}, {@code unknown_deployment} or
	 * {@code unknown_entry}; nothing is kept then
	 */
	PriceImport propose(PriceList list, String source, Map<String, String> mapping);

	/**
	 * Keeps where a second list's prices differ from those of an earlier import; proposes
	 * nothing.
	 * @throws ValidationProblem {@code invalid_source}
	 * @throws ConflictProblem {@code entries_gone} if the earlier import's entries are
	 * not kept any more
	 */
	PriceImport crossCheck(PriceList list, String source, UUID earlier);

	/**
	 * Returns the latest imports, the newest first.
	 * @param before the identifier before which to begin, or null for the newest
	 */
	List<PriceImport> imports(@Nullable UUID before, int limit);

	PriceImport priceImport(UUID id);

	/**
	 * Returns an import's proposals.
	 * @param after the identifier after which to begin
	 */
	List<Proposal> proposals(UUID id, UUID after, int limit);

	/**
	 * Returns what was understood of an import's entries, in the list's order.
	 * @param outcome those with this outcome only, or null for all
	 * @param after the position after which to begin, -1 for the start
	 */
	List<NumberedEntry> entries(UUID id, @Nullable Outcome outcome, int after, int limit);

	/**
	 * Returns where a cross-check's list differs from the earlier one.
	 * @param after the number after which to begin, -1 for the start
	 */
	List<Difference> differences(UUID id, int after, int limit);

	/**
	 * Makes price cards of open proposals: all that were chosen, or none.
	 * @param chosen which, or null for every one that is open
	 * @param effectiveFrom from when they hold, or null for now
	 * @return the cards, by deployment
	 * @throws ValidationProblem {@code in_the_past}; {@code unknown_proposal} if one that
	 * was chosen is not of this import
	 * @throws ConflictProblem {@code proposal_decided} if one that was chosen is not
	 * open; {@code proposal_outdated} if the card in force is another than the one it was
	 * compared with, or its deployment calls something else now or is gone;
	 * {@code price_card_exists} as with any card
	 */
	List<Change<PriceCardView>> approve(UUID id, @Nullable Set<UUID> chosen, @Nullable Instant effectiveFrom);

	/**
	 * Rejects open proposals. The same prices are not proposed again for the deployment
	 * as long as its card stays the same.
	 * @param chosen which, or null for every one that is open
	 * @return the proposals that were rejected
	 * @throws ValidationProblem {@code unknown_proposal}, as {@link #approve}
	 * @throws ConflictProblem {@code proposal_decided}, as {@link #approve}
	 */
	List<Proposal> reject(UUID id, @Nullable Set<UUID> chosen);

	/**
	 * An import.
	 *
	 * @param id its identifier
	 * @param createdAt when the list was read
	 * @param source where it is from
	 * @param sha256 the SHA-256 of its bytes, in hexadecimal digits
	 * @param crossCheckOf the earlier import that it was compared with, or null
	 * @param entries how many entries it has, by outcome
	 * @param proposals how many proposals came of it, by state
	 * @param differences how many differences a cross-check found
	 * @param deployments what came of each deployment; empty for a cross-check
	 */
	record PriceImport(UUID id, Instant createdAt, String source, String sha256, @Nullable UUID crossCheckOf,
			Map<Outcome, Integer> entries, Map<State, Integer> proposals, int differences, List<Matched> deployments) {
	}

	/**
	 * An entry and its place.
	 *
	 * @param position counts the list's entries from 0
	 * @param entry the entry
	 */
	record NumberedEntry(int position, PriceListEntry entry) {
	}

	/**
	 * What came of a deployment.
	 *
	 * @param deployment its name
	 * @param result what came of it
	 * @param entries the entries that may have its price: one, but where there is none or
	 * where it is not clear which
	 */
	record Matched(String deployment, Result result, List<String> entries) {

		/** What can come of a deployment. */
		public enum Result {

			/** A card is proposed. */
			PROPOSED,
			/** The latest card says the same already. */
			UNCHANGED,
			/** The same was proposed before, and is open or was rejected. */
			PROPOSED_BEFORE,
			/** Entries with different prices may be meant: say which by a mapping. */
			AMBIGUOUS,
			/** No entry is of its provider and its upstream model. */
			UNMATCHED,
			/** The entry's prices cannot stand alone as a card. */
			INCOMPLETE

		}

	}

	/** Where a proposal stands. */
	enum State {

		OPEN, APPROVED, REJECTED,
		/** A newer import says something else. */
		SUPERSEDED

	}

	/**
	 * A proposed card.
	 *
	 * @param id its identifier
	 * @param deployment whose prices, by name
	 * @param entry the list's entry they are from
	 * @param currency the currency of the proposed prices
	 * @param tiers the proposed prices
	 * @param notes what to know before approving, and what was left out of the entry
	 * @param replaces the card in force when it was proposed, or null where there was
	 * none
	 * @param changes each price of either, tier by tier
	 * @param state where it stands
	 * @param decidedAt when it ceased to be open, or null
	 * @param priceCard the card that came of it, or null
	 */
	record Proposal(UUID id, String deployment, String entry, String currency, List<PriceTier> tiers,
			List<String> notes, @Nullable UUID replaces, List<PriceChange> changes, State state,
			@Nullable Instant decidedAt, @Nullable UUID priceCard) {
	}

	/**
	 * A price beside the one it would replace.
	 *
	 * @param serviceTier the tier
	 * @param inputTokensOver the tier's threshold
	 * @param bucket what is priced
	 * @param before the price on the card in force, or null where it has none
	 * @param after the proposed price, or null where none is proposed
	 * @param relativeChange {@code after / before - 1} to four decimals; null where
	 * either is missing, where {@code before} is 0 and {@code after} is not, or where the
	 * currencies differ
	 */
	record PriceChange(String serviceTier, long inputTokensOver, UsageBucket bucket, @Nullable BigDecimal before,
			@Nullable BigDecimal after, @Nullable BigDecimal relativeChange) {
	}

	/**
	 * Where two lists differ.
	 *
	 * @param number counts an import's differences from 0
	 * @param entry the entry's name
	 * @param field the price that differs, as {@code tier>threshold:BUCKET}, or
	 * {@code entry} where only one list has the entry, or {@code outcome} where only one
	 * was understood
	 * @param earlier what the earlier list says, or null where it says nothing
	 * @param later what the later list says, or null where it says nothing
	 */
	record Difference(int number, String entry, String field, @Nullable String earlier, @Nullable String later) {
	}

}
