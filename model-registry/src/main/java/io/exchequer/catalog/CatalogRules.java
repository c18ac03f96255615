package io.exchequer.catalog;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

import io.exchequer.catalog.CatalogFact.LifecycleFact;
import io.exchequer.catalog.CatalogFact.LimitsFact;
import io.exchequer.catalog.CatalogFact.ListPriceFact;
import io.exchequer.catalog.CatalogFact.WeightsFact;
import io.exchequer.catalog.Quantisations.WeightSize;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.PriceTier;
import org.jspecify.annotations.Nullable;

/** What a catalogue must be like. Everything that is wrong is told at once. */
final class CatalogRules {

	private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

	private static final Pattern VENDOR = Pattern.compile("[a-z0-9-]{1,64}");

	private static final Pattern SPDX = Pattern.compile("[A-Za-z0-9.+-]{1,64}");

	private static final Pattern URL = Pattern.compile("https?://[^\\s/]+(/\\S*)?");

	private static final Set<String> LANGUAGES = Set.copyOf(Arrays.asList(Locale.getISOLanguages()));

	/**
	 * How far a published size may lie from the computed one, in hundredths: a model of
	 * "7B" has up to a twentieth more or fewer weights, and mixed ways to keep them
	 * differ a little from model to model.
	 */
	private static final long DEVIATION_PERCENT = 10;

	private final List<String> wrong = new ArrayList<>();

	private final Quantisations quantisations;

	private CatalogRules(Quantisations quantisations) {
		this.quantisations = quantisations;
	}

	/**
	 * Checks a catalogue.
	 * @throws IllegalStateException with everything that is wrong, if anything is
	 */
	static void check(Map<String, CatalogSource> sources, Quantisations quantisations, List<CatalogModel> models) {
		CatalogRules rules = new CatalogRules(quantisations);
		rules.sources(sources, models);
		rules.names(models);
		rules.successors(models);
		models.forEach(rules::model);
		if (!rules.wrong.isEmpty()) {
			throw new IllegalStateException("the catalogue is wrong: " + String.join("; ", rules.wrong));
		}
	}

	private void require(boolean condition, String where, String what) {
		if (!condition) {
			this.wrong.add(where + ": " + what);
		}
	}

	private void sources(Map<String, CatalogSource> sources, List<CatalogModel> models) {
		Set<CatalogSource> used = new HashSet<>(this.quantisations.sources());
		models.forEach((model) -> model.facts().forEach((fact) -> used.addAll(fact.sources())));
		sources.forEach((id, source) -> {
			require(!source.title().isBlank(), id, "must have a title");
			require(URL.matcher(source.url()).matches(), id, "must have a URL");
			require(used.contains(source), id, "must be the source of something");
		});
		require(!this.quantisations.sources().isEmpty(), "quantisations", "must have a source");
		this.quantisations.bitsPerWeight()
			.forEach((name, bits) -> require(bits.signum() > 0, "quantisations", name + " must have bits"));
	}

	private void names(List<CatalogModel> models) {
		Set<String> taken = new HashSet<>();
		for (CatalogModel model : models) {
			require(ID.matcher(model.id()).matches(), model.id(), "must be an identifier");
			require(taken.add(model.id()), model.id(), "must be there once");
		}
		for (CatalogModel model : models) {
			for (String alias : model.aliases()) {
				require(ID.matcher(alias).matches(), model.id(), "must have identifiers as aliases: " + alias);
				require(taken.add(alias), model.id(), "must have aliases of its own: " + alias);
			}
		}
	}

	private void successors(List<CatalogModel> models) {
		Map<String, @Nullable String> next = new HashMap<>();
		models.forEach((model) -> next.put(model.id(), model.lifecycle().successor()));
		for (CatalogModel model : models) {
			Set<String> seen = new HashSet<>();
			String at = model.id();
			while (at != null && seen.add(at)) {
				require(next.containsKey(at), model.id(), "must have a successor that is in the catalogue: " + at);
				at = next.get(at);
			}
			require(at == null, model.id(), "must not be succeeded by itself");
		}
	}

	private void model(CatalogModel model) {
		String at = model.id();
		require(!model.name().isBlank() && !model.upstreamModel().isBlank(), at, "must have names");
		require(VENDOR.matcher(model.vendor()).matches(), at, "must have a vendor such as openai");
		require(!model.hosting().isEmpty(), at, "must be hosted or local");
		require(model.facts().stream().noneMatch((fact) -> fact.sources().isEmpty()), at,
				"must have a source for every figure");
		lifecycle(at, model.lifecycle());
		if (model.limits() != null) {
			limits(at, model.limits());
		}
		if (model.modalities() != null) {
			require(!model.modalities().input().isEmpty() && !model.modalities().output().isEmpty(), at,
					"must read and write something");
		}
		require(model.abilities() == null || !model.abilities().can().isEmpty(), at, "must be able to do something");
		if (model.listPrice() != null) {
			listPrice(model, model.listPrice());
		}
		if (model.licence() != null) {
			String spdx = model.licence().spdx();
			require(!model.licence().name().isBlank() && (spdx == null || SPDX.matcher(spdx).matches()), at,
					"must have a licence with a name, and an SPDX identifier or none");
		}
		require(model.languages() == null
				|| (!model.languages().codes().isEmpty() && LANGUAGES.containsAll(model.languages().codes())), at,
				"must have languages by their ISO 639-1 codes");
		size(model);
	}

	private void lifecycle(String at, LifecycleFact lifecycle) {
		require(lifecycle.stage() != Lifecycle.Stage.RETIRED
				|| (lifecycle.successor() != null && lifecycle.retiresOn() != null), at,
				"must have a successor and the day it was retired on");
		require(lifecycle.stage() != Lifecycle.Stage.DEPRECATED || lifecycle.successor() != null, at,
				"must have a successor");
	}

	private void limits(String at, LimitsFact limits) {
		List<Integer> known = new ArrayList<>();
		for (Integer limit : Arrays.asList(limits.window(), limits.inputMax(), limits.maxOutput())) {
			if (limit != null) {
				known.add(limit);
			}
		}
		require(!known.isEmpty() && known.stream().allMatch((limit) -> limit > 0), at, "must have limits above 0");
		int window = Objects.requireNonNullElse(limits.window(), Integer.MAX_VALUE);
		require(known.stream().allMatch((limit) -> limit <= window), at,
				"must have a window that input and output fit into");
	}

	private void listPrice(CatalogModel model, ListPriceFact price) {
		String at = model.id();
		require(model.hosting().contains(Hosting.HOSTED), at, "must be hosted to have a list price");
		Set<String> tiers = new HashSet<>();
		for (PriceTier tier : price.tiers()) {
			require(tiers.add(tier.serviceTier() + '>' + tier.inputTokensOver()), at, "must have each tier once");
			require(tier.inputTokensOver() >= 0 && !tier.prices().isEmpty(), at, "must have tiers with prices");
		}
		for (PriceTier tier : price.tiers()) {
			require(tiers.contains(tier.serviceTier() + ">0"), at,
					"must have the tier " + tier.serviceTier() + " over 0");
			// A tier that is silent on one of them charges it as the default tier does,
			// which a list never means.
			require(tier.prices().containsKey(UsageBucket.INPUT), at, "must price input in every tier");
			require(model.embeds() || tier.prices().containsKey(UsageBucket.OUTPUT), at,
					"must price output in every tier");
		}
		require(tiers.contains(PriceTier.DEFAULT + ">0"), at, "must have the default tier over 0");
		for (PriceTier tier : price.tiers()) {
			require(tier.serviceTier().equals(PriceTier.DEFAULT)
					|| price.tiers().stream().noneMatch((row) -> isUndercut(row, tier, price.tiers())), at,
					"must price long requests in the tier " + tier.serviceTier());
		}
	}

	/**
	 * Returns whether a tier that says nothing of a length would charge it less than the
	 * default tier does there: a card made of it would bill long requests too cheaply.
	 */
	private static boolean isUndercut(PriceTier row, PriceTier tier, List<PriceTier> tiers) {
		boolean applies = row.serviceTier().equals(PriceTier.DEFAULT) && row.inputTokensOver() > tier.inputTokensOver()
				&& tiers.stream()
					.noneMatch((other) -> other.serviceTier().equals(tier.serviceTier())
							&& other.inputTokensOver() > tier.inputTokensOver()
							&& other.inputTokensOver() <= row.inputTokensOver());
		return applies && tier.prices()
			.entrySet()
			.stream()
			.anyMatch((own) -> own.getValue().compareTo(row.prices().getOrDefault(own.getKey(), own.getValue())) < 0);
	}

	private void size(CatalogModel model) {
		String at = model.id();
		if (model.parameters() == null) {
			require(model.publishedWeights().isEmpty() && !model.hosting().contains(Hosting.LOCAL), at,
					"must have its parameters, since its weights can be had");
			return;
		}
		long total = model.parameters().total();
		Long active = model.parameters().active();
		require(total > 0 && (active == null || (active > 0 && active <= total)), at, "must have parameters");
		List<WeightSize> sizes = this.quantisations.of(total);
		for (WeightsFact weights : model.publishedWeights()) {
			require(model.hosting().contains(Hosting.LOCAL), at, "must be local to have weights");
			require(sizes.stream().anyMatch((size) -> agrees(size, weights)), at,
					"must have a published size near the computed one: " + weights.quantisation());
		}
	}

	private static boolean agrees(WeightSize computed, WeightsFact published) {
		BigDecimal apart = BigDecimal.valueOf(computed.bytes()).subtract(BigDecimal.valueOf(published.bytes())).abs();
		return computed.quantisation().equals(published.quantisation()) && apart.multiply(BigDecimal.valueOf(100))
			.compareTo(BigDecimal.valueOf(published.bytes()).multiply(BigDecimal.valueOf(DEVIATION_PERCENT))) <= 0;
	}

}
