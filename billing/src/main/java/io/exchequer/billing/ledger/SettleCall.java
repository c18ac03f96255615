package io.exchequer.billing.ledger;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.Settled;
import io.exchequer.billing.Settlement;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.TokenUsage;
import org.jspecify.annotations.Nullable;

/**
 * A settlement, a release or a decision record that waits to be durable.
 */
final class SettleCall extends LedgerCall<SettleCall.Outcome> {

	private final Row row;

	SettleCall(Row row) {
		this.row = row;
	}

	Row row() {
		return this.row;
	}

	/** Returns whether its usage has counts that the statement for all cannot post. */
	boolean hasOtherCounts() {
		return this.row instanceof Ending ending && UsageCounts.hasOthers(ending.usage());
	}

	/** Returns whether what it releases goes back into the reserve it came from. */
	boolean givesShareBack() {
		return this.row instanceof Ending ending && ending.release() && ending.hold().request().share() != null;
	}

	@Override
	UUID tenant() {
		return switch (this.row) {
			case Ending ending -> ending.hold().request().chargeTo().tenant().value();
			case DecisionOnly(DecisionRow decision) -> decision.tenant().value();
		};
	}

	@Override
	boolean movesMoney() {
		return this.row instanceof Ending;
	}

	/** Returns whether it costs more than it may by a proven bound. */
	boolean overBound() {
		return this.row instanceof Ending ending && ending.overBound();
	}

	/** How a row ended. */
	sealed interface Outcome {

		/** It is posted, or given back. */
		record Done(Settled settled) implements Outcome {
		}

		/** The hold was not there, and neither was any posting of it. */
		record Unknown() implements Outcome {
		}

		/** A decision alone was written. */
		record Recorded() implements Outcome {
		}

	}

	/** What is to be written. */
	sealed interface Row {

		@Nullable DecisionRow decision();

	}

	/**
	 * A decision without a hold.
	 *
	 * @param decision the decision
	 */
	record DecisionOnly(DecisionRow decision) implements Row {
	}

	/**
	 * What ends a hold.
	 *
	 * @param hold the hold
	 * @param release whether it is given back whole
	 * @param amount the cost in nano-units, or null for the hold's full amount
	 * @param usage what was used, or null where that is not known
	 * @param reason why it is an estimate, or null where it is none
	 * @param serviceTier the response's tier
	 * @param credentialId the credential used, or null
	 * @param upstreamRequestId the provider's identifier, or null
	 * @param decision the decision to write with it, or null
	 * @param at when the outcome was known
	 * @param bounded whether the hold was a proven upper bound
	 */
	record Ending(Hold hold, boolean release, @Nullable Long amount, @Nullable TokenUsage usage,
			@Nullable String reason, String serviceTier, @Nullable UUID credentialId,
			@Nullable String upstreamRequestId, @Nullable DecisionRow decision, Instant at,
			boolean bounded) implements Row {

		private static final int FOREIGN_TEXT_MAX = 200;

		static Ending release(Hold hold, @Nullable DecisionRow decision, Instant at) {
			return new Ending(hold, true, null, null, null, "default", null, null, decision, at, true);
		}

		/** What a provider says may be of any length. */
		private static String bounded(String text) {
			return (text.length() > FOREIGN_TEXT_MAX) ? text.substring(0, FOREIGN_TEXT_MAX) : text;
		}

		static Ending settle(Settlement settlement, Pricing pricing) {
			TokenUsage usage = settlement.usage();
			if (usage == null && settlement.estimatedReason() == null) {
				throw new IllegalArgumentException("a settlement without usage must say why it is an estimate");
			}
			HoldRequest request = settlement.hold().request();
			Long amount = null;
			String reason = settlement.estimatedReason();
			if (usage != null) {
				try {
					amount = pricing.price(request.priceCard(), usage, settlement.serviceTier()).nanos();
				}
				catch (ArithmeticException ex) {
					// No provider bills this: the counts are garbage, and the hold is the
					// bound.
					usage = null;
					reason = "implausible_usage";
				}
			}
			String upstream = settlement.upstreamRequestId();
			return new Ending(settlement.hold(), false, amount, usage, reason, bounded(settlement.serviceTier()),
					settlement.credentialId(), (upstream != null) ? bounded(upstream) : null, settlement.decision(),
					settlement.at(), settlement.bounded());
		}

		/** Returns what is posted if the hold is still there, in nano-units. */
		long posted() {
			if (this.release) {
				return 0;
			}
			return (this.amount != null) ? this.amount : this.hold.request().worstCaseNanos();
		}

		/** Returns whether it costs more than it may by a proven bound. */
		boolean overBound() {
			return isOverBound(posted());
		}

		private boolean isOverBound(long cost) {
			return this.bounded && cost > this.hold.request().worstCaseNanos();
		}

		/** Returns how many of the tokens held in its key's minute go back, 0 or more. */
		long tokensBack() {
			long held = AdmitCall.heldTokens(this.hold.request());
			if (this.release) {
				return held;
			}
			return (this.usage != null) ? Math.max(held - this.usage.inputTokens() - this.usage.outputTokens(), 0) : 0;
		}

		Settled settled(long posted, boolean before) {
			HoldRequest request = this.hold.request();
			return new Settled(new Money(posted, request.priceCard().currency()), isOverBound(posted), before);
		}

	}

}
