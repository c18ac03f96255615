package io.exchequer.catalog;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import io.exchequer.catalog.CatalogFact.AbilitiesFact;
import io.exchequer.catalog.CatalogFact.LanguagesFact;
import io.exchequer.catalog.CatalogFact.LicenceFact;
import io.exchequer.catalog.CatalogFact.LifecycleFact;
import io.exchequer.catalog.CatalogFact.LimitsFact;
import io.exchequer.catalog.CatalogFact.ListPriceFact;
import io.exchequer.catalog.CatalogFact.ModalitiesFact;
import io.exchequer.catalog.CatalogFact.ParametersFact;
import io.exchequer.catalog.CatalogFact.WeightsFact;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Modality;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a model.
 *
 * @param id its identifier in the catalogue, which no other entry or alias has
 * @param name what people call it
 * @param vendor who makes it, such as {@code openai}
 * @param hosting where it can be had
 * @param aliases other names it is known by
 * @param upstreamModel the name that a provider most likely knows it by
 * @param note what has to be known beside, or null
 * @param lifecycle where it stands at its vendor
 * @param limits how many tokens fit, or null
 * @param modalities what it reads and writes, or null
 * @param abilities what it can do, or null
 * @param listPrice what its vendor asks, or null
 * @param parameters how large it is, or null
 * @param licence the terms of its weights, or null
 * @param languages the languages its makers name, or null
 * @param publishedWeights sizes that somebody published; may be empty
 */
public record CatalogModel(String id, String name, String vendor, Set<Hosting> hosting, List<String> aliases,
		String upstreamModel, @Nullable String note, LifecycleFact lifecycle, @Nullable LimitsFact limits,
		@Nullable ModalitiesFact modalities, @Nullable AbilitiesFact abilities, @Nullable ListPriceFact listPrice,
		@Nullable ParametersFact parameters, @Nullable LicenceFact licence, @Nullable LanguagesFact languages,
		List<WeightsFact> publishedWeights) {

	private static final Set<Modality> TEXT = Set.of(Modality.TEXT);

	public CatalogModel {
		Objects.requireNonNull(id, "id");
		Objects.requireNonNull(name, "name");
		Objects.requireNonNull(vendor, "vendor");
		Objects.requireNonNull(upstreamModel, "upstreamModel");
		Objects.requireNonNull(lifecycle, "lifecycle");
		EnumSet<Hosting> places = EnumSet.noneOf(Hosting.class);
		places.addAll(hosting);
		hosting = Collections.unmodifiableSet(places);
		aliases = List.copyOf(aliases);
		publishedWeights = List.copyOf(publishedWeights);
	}

	/** Returns whether an ability is known. */
	public boolean can(Ability ability) {
		return this.abilities != null && this.abilities.can().contains(ability);
	}

	/** Returns whether it reads or writes a modality. */
	public boolean handles(Modality modality) {
		return this.modalities != null
				&& (this.modalities.input().contains(modality) || this.modalities.output().contains(modality));
	}

	/** Returns whether it turns texts into vectors and writes nothing. */
	public boolean embeds() {
		return this.modalities != null && this.modalities.output().equals(Set.of(Modality.EMBEDDING));
	}

	/**
	 * Returns what the registry is to know of it, or nothing where there is no window. A
	 * window that is not told is the longest input and the longest output together.
	 * Output without a bound of its own is bounded by the window, which it cannot exceed,
	 * so that no hold is too small; an embeddings model writes none. Modalities that are
	 * not told are text. An ability that is not known is not claimed.
	 * @param contextWindow the window to take instead, or null
	 * @param maxOutput the bound of output to take instead, or null
	 */
	public Optional<Capabilities> capabilities(@Nullable Integer contextWindow, @Nullable Integer maxOutput) {
		Integer window = (contextWindow != null) ? contextWindow : window();
		if (window == null) {
			return Optional.empty();
		}
		Integer output = (maxOutput != null) ? maxOutput : knownMaxOutput();
		return Optional.of(new Capabilities((this.modalities != null) ? this.modalities.input() : TEXT,
				(this.modalities != null) ? this.modalities.output() : TEXT, can(Ability.TOOLS),
				can(Ability.STRUCTURED_OUTPUT), can(Ability.FILL_IN_THE_MIDDLE), window,
				(output != null) ? output : window, null));
	}

	private @Nullable Integer window() {
		if (this.limits == null) {
			return null;
		}
		Integer input = this.limits.inputMax();
		Integer output = knownMaxOutput();
		if (this.limits.window() != null || input == null) {
			return this.limits.window();
		}
		if (embeds()) {
			return input;
		}
		return (output != null) ? Integer.valueOf(Math.addExact(input, output)) : null;
	}

	private @Nullable Integer knownMaxOutput() {
		if (embeds()) {
			return 1;
		}
		return (this.limits != null) ? this.limits.maxOutput() : null;
	}

	/** Returns every group of figures there is. */
	public List<CatalogFact> facts() {
		List<CatalogFact> facts = new ArrayList<>();
		Stream
			.of(this.lifecycle, this.limits, this.modalities, this.abilities, this.listPrice, this.parameters,
					this.licence, this.languages)
			.filter(Objects::nonNull)
			.forEach(facts::add);
		facts.addAll(this.publishedWeights);
		return List.copyOf(facts);
	}

}
