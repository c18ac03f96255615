package io.exchequer.routing;

import io.exchequer.registry.Deployment;
import io.exchequer.registry.PriceCard;

/**
 * Says the most a request may cost, wherever it goes: for work whose requests are held
 * together before the first is called.
 */
@FunctionalInterface
public interface CostBounds {

	/**
	 * The code of the error where a request's share of a reserve is not there to be
	 * drawn, so that nothing was called.
	 */
	String SHARE_GONE = "share_gone";

	/**
	 * Plans a request's route and bounds its cost on each of its deployments, those
	 * included that are only out of reach at the moment. Nothing is held or called.
	 */
	Bound bound(AiRequest request, RoutingConfiguration configuration);

	/** What can be said. */
	sealed interface Bound {

		/**
		 * The most that one attempt may cost.
		 *
		 * @param deployment the first of the route, on whose budgets it is to be held
		 * @param priceCard its prices; free ones where it has none and needs none
		 * @param nanos the dearest worst case among the deployments priced in the same
		 * currency, in its nano-units; what is expected where nothing bounds it and no
		 * hard budget minds
		 */
		record Bounded(Deployment deployment, PriceCard priceCard, long nanos) implements Bound {
		}

		/** It would be refused, whenever it is asked. */
		record Refused(ApiError error) implements Bound {
		}

	}

}
