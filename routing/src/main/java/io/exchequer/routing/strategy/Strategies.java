package io.exchequer.routing.strategy;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Every strategy, by its name.
 */
public final class Strategies {

	private static final Map<StrategyName, RoutingStrategy> BY_NAME = index(List.of(new OrderedStrategy(),
			new WeightedStrategy(), new CheapestStrategy(), new FastestStrategy(), new LeastBusyStrategy()));

	private Strategies() {
	}

	private static Map<StrategyName, RoutingStrategy> index(List<RoutingStrategy> strategies) {
		Map<StrategyName, RoutingStrategy> index = new EnumMap<>(StrategyName.class);
		strategies.forEach((strategy) -> index.put(strategy.name(), strategy));
		return index;
	}

	/** Returns the strategy of a name. */
	public static RoutingStrategy of(StrategyName name) {
		RoutingStrategy strategy = BY_NAME.get(name);
		if (strategy == null) {
			throw new IllegalStateException("no strategy is called " + name);
		}
		return strategy;
	}

}
