package io.exchequer.catalog;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.Currency;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import io.exchequer.registry.PriceTier;
import org.jspecify.annotations.Nullable;

/**
 * A group of figures that the same documents tell. What they do not tell is null, and
 * never a guess.
 */
public sealed interface CatalogFact {

	/** Returns the documents, the most telling first; never empty. */
	List<CatalogSource> sources();

	/**
	 * Where a model stands at its vendor.
	 *
	 * @param stage its stage on the day of the sources
	 * @param successor the entry to move to, by its identifier, or null where nothing
	 * replaces it yet
	 * @param retiresOn the day (UTC) from which it counts as retired, or null
	 * @param note what has to be known beside, or null
	 * @param sources where this is from
	 */
	record LifecycleFact(Lifecycle.Stage stage, @Nullable String successor, @Nullable LocalDate retiresOn,
			@Nullable String note, List<CatalogSource> sources) implements CatalogFact {

		public LifecycleFact {
			Objects.requireNonNull(stage, "stage");
			sources = List.copyOf(sources);
		}

		/** Returns it as the registry keeps it. */
		public Lifecycle lifecycle() {
			return new Lifecycle(this.stage, this.successor, this.retiresOn);
		}

		/** Returns the stage at an instant: a day of retirement may have come. */
		public Lifecycle.Stage stageAt(Instant at) {
			return lifecycle().retired(at) ? Lifecycle.Stage.RETIRED : this.stage;
		}

	}

	/**
	 * How many tokens fit.
	 *
	 * @param window tokens of input and output together, or null
	 * @param inputMax tokens of input at most, or null
	 * @param maxOutput tokens of output at most, or null
	 * @param sources where this is from
	 */
	record LimitsFact(@Nullable Integer window, @Nullable Integer inputMax, @Nullable Integer maxOutput,
			List<CatalogSource> sources) implements CatalogFact {

		public LimitsFact {
			sources = List.copyOf(sources);
		}

	}

	/**
	 * What a model reads and writes.
	 *
	 * @param input what it reads
	 * @param output what it writes
	 * @param sources where this is from
	 */
	record ModalitiesFact(Set<Modality> input, Set<Modality> output,
			List<CatalogSource> sources) implements CatalogFact {

		public ModalitiesFact {
			input = ordered(Modality.class, input);
			output = ordered(Modality.class, output);
			sources = List.copyOf(sources);
		}

	}

	/**
	 * What a model can do. An ability that is not among them is not known, which need not
	 * mean that it is missing.
	 *
	 * @param can what it can do
	 * @param sources where this is from
	 */
	record AbilitiesFact(Set<Ability> can, List<CatalogSource> sources) implements CatalogFact {

		public AbilitiesFact {
			can = ordered(Ability.class, can);
			sources = List.copyOf(sources);
		}

	}

	/**
	 * What a vendor asks for without a contract.
	 *
	 * @param currency the ISO 4217 code of every price's currency
	 * @param tiers the prices, exact decimals per million tokens
	 * @param validUntil the last day (UTC) on which the vendor asks it, or null where no
	 * end is announced
	 * @param note what has to be known beside, or null
	 * @param sources where this is from
	 */
	record ListPriceFact(String currency, List<PriceTier> tiers, @Nullable LocalDate validUntil, @Nullable String note,
			List<CatalogSource> sources) implements CatalogFact {

		public ListPriceFact {
			Currency.getInstance(currency);
			tiers = List.copyOf(tiers);
			sources = List.copyOf(sources);
		}

		/** Returns whether its last day is over at an instant. */
		public boolean over(Instant at) {
			return this.validUntil != null
					&& !at.isBefore(this.validUntil.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant());
		}

	}

	/**
	 * How large a model is.
	 *
	 * @param total its parameters; all of them have to be in memory
	 * @param active those that work on any one token, or null where all do or it is not
	 * told
	 * @param sources where this is from
	 */
	record ParametersFact(long total, @Nullable Long active, List<CatalogSource> sources) implements CatalogFact {

		public ParametersFact {
			sources = List.copyOf(sources);
		}

	}

	/**
	 * Under which terms the weights may be used.
	 *
	 * @param name the licence's name
	 * @param spdx its SPDX identifier, or null where SPDX has none
	 * @param sources where this is from
	 */
	record LicenceFact(String name, @Nullable String spdx, List<CatalogSource> sources) implements CatalogFact {

		public LicenceFact {
			Objects.requireNonNull(name, "name");
			sources = List.copyOf(sources);
		}

	}

	/**
	 * The languages that a model's makers name.
	 *
	 * @param codes their ISO 639-1 codes
	 * @param sources where this is from
	 */
	record LanguagesFact(List<String> codes, List<CatalogSource> sources) implements CatalogFact {

		public LanguagesFact {
			codes = List.copyOf(codes);
			sources = List.copyOf(sources);
		}

	}

	/**
	 * How large the weights are, as somebody published them.
	 *
	 * @param quantisation how they are kept, such as {@code q4_k_m}
	 * @param bytes their size
	 * @param sources where this is from
	 */
	record WeightsFact(String quantisation, long bytes, List<CatalogSource> sources) implements CatalogFact {

		public WeightsFact {
			Objects.requireNonNull(quantisation, "quantisation");
			sources = List.copyOf(sources);
		}

	}

	private static <E extends Enum<E>> Set<E> ordered(Class<E> type, Set<E> values) {
		EnumSet<E> copy = EnumSet.noneOf(type);
		copy.addAll(values);
		return Collections.unmodifiableSet(copy);
	}

}
