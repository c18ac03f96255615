package io.exchequer.catalog;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.exchequer.catalog.Quantisations.WeightSize;

/**
 * The models in the market, by identifier. It never changes while the platform runs: a
 * release brings a newer one.
 */
public final class Catalog {

	private final List<CatalogModel> models;

	private final Map<String, CatalogModel> byName;

	private final Quantisations quantisations;

	Catalog(List<CatalogModel> models, Quantisations quantisations) {
		List<CatalogModel> sorted = new ArrayList<>(models);
		sorted.sort((a, b) -> a.id().compareTo(b.id()));
		this.models = List.copyOf(sorted);
		this.quantisations = quantisations;
		this.byName = new HashMap<>();
		this.models.forEach((model) -> {
			model.aliases().forEach((alias) -> this.byName.put(alias, model));
			this.byName.put(model.id(), model);
		});
	}

	/**
	 * Reads the catalogue that comes with this release.
	 * @throws IllegalStateException with everything that is wrong, if anything is
	 */
	public static Catalog builtIn() {
		return CatalogFile.builtIn();
	}

	/** Returns every entry, by identifier. */
	public List<CatalogModel> models() {
		return this.models;
	}

	/** Returns the entries that a filter accepts at an instant, by identifier. */
	public List<CatalogModel> models(CatalogFilter filter, Instant at) {
		return this.models.stream().filter((model) -> filter.accepts(model, at)).toList();
	}

	/** Finds an entry by its identifier or one of its aliases. */
	public Optional<CatalogModel> find(String name) {
		return Optional.ofNullable(this.byName.get(name));
	}

	/** Returns how weights can be kept. */
	public Quantisations quantisations() {
		return this.quantisations;
	}

	/**
	 * Returns how much of memory a model's weights take: computed for each way to keep
	 * them, then as published. Nothing for a model whose weights cannot be had.
	 */
	public List<WeightSize> weightSizes(CatalogModel model) {
		if (model.parameters() == null || !model.hosting().contains(Hosting.LOCAL)) {
			return List.of();
		}
		List<WeightSize> sizes = new ArrayList<>(this.quantisations.of(model.parameters().total()));
		model.publishedWeights()
			.forEach((weights) -> sizes
				.add(new WeightSize(weights.quantisation(), weights.bytes(), false, weights.sources())));
		return List.copyOf(sizes);
	}

}
