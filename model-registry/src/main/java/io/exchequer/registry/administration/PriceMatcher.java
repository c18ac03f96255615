package io.exchequer.registry.administration;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.PriceImports.Matched.Result;
import io.exchequer.registry.PriceList;
import io.exchequer.registry.PriceListEntry;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.Provider;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.administration.ListVendors.Vendor;
import org.jspecify.annotations.Nullable;

/**
 * Finds the entry of a list that has a deployment's price: one of the same vendor and
 * model, or the one that a mapping names.
 */
final class PriceMatcher {

	/** In place of a card's source, which says nothing of its prices. */
	private static final String ANY_SOURCE = "list";

	private final Map<String, PriceListEntry> byName = new HashMap<>();

	private final Map<String, List<PriceListEntry>> byModel = new HashMap<>();

	PriceMatcher(List<PriceListEntry> entries) {
		for (PriceListEntry entry : entries) {
			if (this.byName.putIfAbsent(entry.name(), entry) == null) {
				Vendor vendor = ListVendors.of(entry.provider());
				if (vendor != null) {
					vendor.models(entry.name())
						.forEach(
								(model) -> this.byModel.computeIfAbsent(model, (name) -> new ArrayList<>()).add(entry));
				}
			}
		}
	}

	/** Returns whether the list has an entry of a name. */
	boolean knows(String entry) {
		return this.byName.containsKey(entry);
	}

	/**
	 * Finds a deployment's price.
	 * @param mapped the entry that a mapping names, or null
	 */
	Match match(DeploymentView deployment, Provider provider, @Nullable String mapped) {
		PriceListEntry named = (mapped != null) ? this.byName.get(mapped) : null;
		List<PriceListEntry> candidates = (named != null) ? List.of(named)
				: candidates(deployment.upstreamModel(), provider);
		if (candidates.isEmpty()) {
			return new Match(Result.UNMATCHED, List.of(), null, List.of());
		}
		List<String> names = candidates.stream().map(PriceListEntry::name).toList();
		List<List<PriceTier>> prices = candidates.stream().map((entry) -> tiers(entry, provider)).distinct().toList();
		if (prices.size() > 1) {
			return new Match(Result.AMBIGUOUS, names, null, List.of());
		}
		PriceListEntry entry = candidates.getFirst();
		List<PriceTier> tiers = prices.getFirst();
		if (!entry.complete() || !isCard(deployment, tiers)) {
			return new Match(Result.INCOMPLETE, List.of(entry.name()), null, List.of());
		}
		return new Match(Result.PROPOSED, List.of(entry.name()), tiers, notes(entry, factor(entry, provider)));
	}

	/**
	 * Returns the entries of a model; of those, the ones with prices where there are any.
	 */
	private List<PriceListEntry> candidates(String model, Provider provider) {
		List<PriceListEntry> all = this.byModel.getOrDefault(model, List.of())
			.stream()
			.filter((entry) -> isOf(entry, provider))
			.toList();
		List<PriceListEntry> priced = all.stream().filter((entry) -> !entry.tiers().isEmpty()).toList();
		return priced.isEmpty() ? all : priced;
	}

	private static boolean isOf(PriceListEntry entry, Provider provider) {
		Vendor vendor = ListVendors.of(entry.provider());
		return vendor != null && vendor.is(provider);
	}

	private static boolean isCard(DeploymentView deployment, List<PriceTier> tiers) {
		try {
			PriceCardRules.check(new AddPriceCard(deployment.name(), null, PriceList.CURRENCY, tiers, ANY_SOURCE, ""));
			return true;
		}
		catch (ValidationProblem ex) {
			return false;
		}
	}

	private static List<PriceTier> tiers(PriceListEntry entry, Provider provider) {
		BigDecimal factor = factor(entry, provider);
		List<PriceTier> tiers = entry.tiers();
		return PriceCardRules.normalised((factor != null) ? tiers.stream().map((tier) -> {
			Map<UsageBucket, BigDecimal> prices = new EnumMap<>(UsageBucket.class);
			tier.prices().forEach((bucket, price) -> prices.put(bucket, price.multiply(factor)));
			return new PriceTier(tier.serviceTier(), tier.inputTokensOver(), prices);
		}).toList() : tiers);
	}

	/**
	 * Returns what prices are multiplied by where calls are bound to a region, or null.
	 */
	private static @Nullable BigDecimal factor(PriceListEntry entry, Provider provider) {
		Vendor vendor = ListVendors.of(entry.provider());
		return (vendor != null && vendor.is(provider)) ? entry.regions().get(vendor.region(provider)) : null;
	}

	private static List<String> notes(PriceListEntry entry, @Nullable BigDecimal factor) {
		List<String> notes = new ArrayList<>(entry.notes());
		if (factor != null) {
			notes.add("Every price is multiplied by " + factor.toPlainString() + " for the region of the provider.");
		}
		entry.reasons().forEach((reason) -> notes.add("Left out: " + reason.field() + ". " + reason.message()));
		return notes;
	}

	/**
	 * What was found.
	 *
	 * @param result {@code PROPOSED} where there are prices
	 * @param entries the entries that may be meant
	 * @param tiers the prices, in their fixed order, or null
	 * @param notes what to know of them
	 */
	record Match(Result result, List<String> entries, @Nullable List<PriceTier> tiers, List<String> notes) {
	}

}
