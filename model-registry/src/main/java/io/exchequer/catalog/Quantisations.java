package io.exchequer.catalog;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ways to keep weights, and how much of memory each takes.
 *
 * @param bitsPerWeight the mean bits per weight of each, by its name, smallest first
 * @param sources where this is from
 */
public record Quantisations(Map<String, BigDecimal> bitsPerWeight, List<CatalogSource> sources) {

	private static final BigDecimal BITS_PER_BYTE = BigDecimal.valueOf(8);

	public Quantisations {
		bitsPerWeight = Collections.unmodifiableMap(new LinkedHashMap<>(bitsPerWeight));
		sources = List.copyOf(sources);
	}

	/**
	 * Returns what the weights take in each way: parameters × bits per weight ÷ 8,
	 * rounded up. The weights alone: what a request's context takes comes on top.
	 * @param parameters how many there are
	 */
	public List<WeightSize> of(long parameters) {
		List<WeightSize> sizes = new ArrayList<>();
		this.bitsPerWeight.forEach((name,
				bits) -> sizes.add(new WeightSize(name,
						bits.multiply(BigDecimal.valueOf(parameters))
							.divide(BITS_PER_BYTE, 0, RoundingMode.CEILING)
							.longValueExact(),
						true, this.sources)));
		return List.copyOf(sizes);
	}

	/**
	 * How much of memory weights take.
	 *
	 * @param quantisation how they are kept
	 * @param bytes what they take, without a request's context
	 * @param computed whether it is computed from the parameters, and not measured
	 * @param sources where the size, or the bits per weight, are from
	 */
	public record WeightSize(String quantisation, long bytes, boolean computed, List<CatalogSource> sources) {

		public WeightSize {
			sources = List.copyOf(sources);
		}

	}

}
