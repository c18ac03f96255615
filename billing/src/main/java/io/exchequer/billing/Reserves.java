package io.exchequer.billing;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.PriceCard;

/**
 * Sets money aside for work that is admitted as a whole and called piece by piece, for as
 * long as that takes. A reserve stands in every budget above it, as a hold does; it does
 * not expire, since nothing is called for it: whoever made it must release it.
 */
public interface Reserves {

	/**
	 * Adds shares to a reserve that holds nothing yet.
	 * @param shares at most some thousands at once; numbers are unique in the reserve
	 * @throws BillingUnavailableException if the database does not answer
	 */
	void addShares(TenantId tenant, UUID reserveId, List<Share> shares);

	/**
	 * Holds the sum of all shares on every budget above them: all of it or nothing. Doing
	 * so again holds nothing more.
	 * @throws BillingUnavailableException if the database does not answer; it may be held
	 * then, or not
	 */
	Outcome reserve(Request request);

	/**
	 * Gives back what was not drawn, and forgets the shares. Doing so again does nothing.
	 * @throws BillingUnavailableException if the database does not answer
	 */
	void release(TenantId tenant, UUID reserveId);

	/**
	 * A share that is added.
	 *
	 * @param number its number in the reserve
	 * @param partId its part
	 * @param nanos the most its call may cost, in nano-units of its part's currency
	 */
	record Share(int number, UUID partId, long nanos) {
	}

	/**
	 * What will most likely be called for some of the shares: model and currency decide
	 * which budgets stand above them.
	 *
	 * @param id its identifier, unique in the reserve
	 * @param deployment what will be called
	 * @param priceCard its prices
	 */
	record Part(UUID id, Deployment deployment, PriceCard priceCard) {
	}

	/**
	 * Asks for a reserve.
	 *
	 * @param id its identifier
	 * @param chargeTo who is charged; rates do not count it
	 * @param parts its parts, each share's among them
	 * @param budgets the budgets at one version of the configuration
	 * @param at the admission instant: it decides the windows
	 */
	record Request(UUID id, ChargeTo chargeTo, List<Part> parts, BudgetSnapshot budgets, Instant at) {

		public Request {
			parts = List.copyOf(parts);
		}

	}

	/** What came of asking. */
	sealed interface Outcome {

		/** It is held. */
		record Reserved() implements Outcome {
		}

		/**
		 * Nothing is held.
		 *
		 * @param why never {@link Admission.Granted}
		 */
		record Refused(Admission why) implements Outcome {
		}

	}

}
