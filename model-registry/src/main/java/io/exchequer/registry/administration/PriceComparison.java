package io.exchequer.registry.administration;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.PriceImports.Difference;
import io.exchequer.registry.PriceImports.PriceChange;
import io.exchequer.registry.PriceListEntry;
import io.exchequer.registry.PriceTier;
import org.jspecify.annotations.Nullable;

/** Compares prices: those of a card with proposed ones, and those of two lists. */
final class PriceComparison {

	private static final int RELATIVE_DECIMALS = 4;

	private static final String ENTRY = "entry";

	private PriceComparison() {
	}

	/**
	 * Returns each price of either, tier by tier.
	 * @param comparable whether the currencies are the same
	 */
	static List<PriceChange> changes(List<PriceTier> before, List<PriceTier> after, boolean comparable) {
		SortedMap<Place, BigDecimal> old = places(before);
		SortedMap<Place, BigDecimal> proposed = places(after);
		SortedMap<Place, BigDecimal> all = new TreeMap<>(old);
		all.putAll(proposed);
		List<PriceChange> changes = new ArrayList<>();
		for (Place place : all.keySet()) {
			BigDecimal one = old.get(place);
			BigDecimal other = proposed.get(place);
			changes.add(new PriceChange(place.serviceTier(), place.over(), place.bucket(), one, other,
					comparable ? relative(one, other) : null));
		}
		return changes;
	}

	private static @Nullable BigDecimal relative(@Nullable BigDecimal before, @Nullable BigDecimal after) {
		if (before == null || after == null) {
			return null;
		}
		if (before.compareTo(after) == 0) {
			return BigDecimal.ZERO;
		}
		return (before.signum() == 0) ? null
				: after.subtract(before).divide(before, RELATIVE_DECIMALS, RoundingMode.HALF_EVEN);
	}

	private static SortedMap<Place, BigDecimal> places(List<PriceTier> tiers) {
		SortedMap<Place, BigDecimal> places = new TreeMap<>();
		for (PriceTier tier : tiers) {
			tier.prices()
				.forEach((bucket, price) -> places.put(new Place(tier.serviceTier(), tier.inputTokensOver(), bucket),
						price));
		}
		return places;
	}

	/** Returns where two lists differ, in the order of the earlier one. */
	static List<Difference> differences(List<PriceListEntry> earlier, List<PriceListEntry> later) {
		Map<String, PriceListEntry> first = byName(earlier);
		Map<String, PriceListEntry> second = byName(later);
		Set<String> names = new LinkedHashSet<>(first.keySet());
		names.addAll(second.keySet());
		List<Difference> differences = new ArrayList<>();
		for (String name : names) {
			Map<String, String> one = facts(first.get(name));
			Map<String, String> other = facts(second.get(name));
			Set<String> fields = new LinkedHashSet<>(one.keySet());
			fields.addAll(other.keySet());
			if (one.isEmpty() || other.isEmpty()) {
				fields = Set.of(ENTRY);
			}
			for (String field : fields) {
				if (!Objects.equals(one.get(field), other.get(field))) {
					differences.add(new Difference(differences.size(), name, field, one.get(field), other.get(field)));
				}
			}
		}
		return differences;
	}

	/** Of a name that stands twice, both entries are refused for the same reason. */
	private static Map<String, PriceListEntry> byName(List<PriceListEntry> entries) {
		Map<String, PriceListEntry> byName = new LinkedHashMap<>();
		entries.forEach((entry) -> byName.putIfAbsent(entry.name(), entry));
		return byName;
	}

	private static Map<String, String> facts(@Nullable PriceListEntry entry) {
		Map<String, String> facts = new LinkedHashMap<>();
		if (entry != null) {
			facts.put(ENTRY, entry.provider() + " " + entry.mode());
			facts.put("outcome", entry.outcome().name());
			places(entry.tiers()).forEach((place, price) -> facts.put(place.toString(), price.toPlainString()));
			new TreeMap<>(entry.regions())
				.forEach((region, factor) -> facts.put("region:" + region, factor.toPlainString()));
		}
		return facts;
	}

	/** Where a price stands. */
	private record Place(String serviceTier, long over, UsageBucket bucket) implements Comparable<Place> {

		@Override
		public int compareTo(Place other) {
			int byTier = this.serviceTier.compareTo(other.serviceTier);
			int byLength = (byTier != 0) ? byTier : Long.compare(this.over, other.over);
			return (byLength != 0) ? byLength : this.bucket.compareTo(other.bucket);
		}

		@Override
		public String toString() {
			return this.serviceTier + ">" + this.over + ":" + this.bucket;
		}

	}

}
