package io.exchequer.registry;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import org.jspecify.annotations.Nullable;

/**
 * The prices of a deployment from an instant on, until a later card replaces it. A card
 * is never changed, only succeeded.
 * <p>
 * <b>Which tier.</b> The service tier is the one the answer names; an answer that names
 * none, or {@code auto} or {@code standard}, is {@code default}. A tier that is not on
 * the card is charged as whichever tier of the card makes it dearest, since nothing says
 * that it is cheap. Within the service tier, the tier with the highest threshold below
 * the request's input tokens applies to all of its tokens.
 * <p>
 * <b>Which price.</b> A bucket's own price in that tier. A tier that is silent on a
 * bucket charges the dearer of two: its price of {@code INPUT} for the other buckets of
 * input and of {@code OUTPUT} for those of output; and what the {@code default} service
 * tier charges for that bucket, for as many input tokens, found in the same way. The
 * {@code default} tier over 0 has prices of {@code INPUT} and {@code OUTPUT}, where the
 * search ends. {@code REQUEST} without a price anywhere is free.
 *
 * @param id its identifier; ledger lines carry it as the price card version
 * @param deploymentId whose prices
 * @param version counts the deployment's cards from 1
 * @param effectiveFrom the first instant it applies to
 * @param currency the currency of every price on it
 * @param tiers at least the {@code default} tier over 0 input tokens
 */
public record PriceCard(UUID id, DeploymentId deploymentId, int version, Instant effectiveFrom, Currency currency,
		List<PriceTier> tiers) {

	private static final int PER_TOKENS_DIGITS = 6;

	private static final long[] NONE = {};

	private static final Set<UsageBucket> ALL_BUCKETS = Set.of(UsageBucket.values());

	/**
	 * Makes the card.
	 * @throws IllegalArgumentException if the {@code default} tier over 0 is missing or
	 * lacks a price of input or output, or if another service tier has none over 0
	 */
	public PriceCard {
		tiers = List.copyOf(tiers);
		PriceTier base = choose(tiers, PriceTier.DEFAULT, 0);
		if (base == null || !base.prices().containsKey(UsageBucket.INPUT)
				|| !base.prices().containsKey(UsageBucket.OUTPUT)) {
			throw new IllegalArgumentException(
					"price card " + id + " lacks the default tier over 0 with prices of INPUT and OUTPUT");
		}
		for (PriceTier tier : tiers) {
			if (choose(tiers, tier.serviceTier(), 0) == null) {
				throw new IllegalArgumentException(
						"price card " + id + " lacks the tier " + tier.serviceTier() + " over 0");
			}
		}
	}

	/**
	 * Returns what a usage costs: the exact sum, rounded once, half up, to a nano-unit.
	 * @param usage what was used
	 * @param serviceTier the tier the answer named, or null where it named none
	 * @throws ArithmeticException if it exceeds what {@link Money} holds; never for a
	 * usage within bounds that {@link #dearest} had an amount for
	 */
	public Money price(TokenUsage usage, @Nullable String serviceTier) {
		String tier = normalised(serviceTier);
		long inputTokens = usage.inputTokens();
		BigDecimal exact = exact(usage, tier, inputTokens);
		return Money.of(exact, this.currency, RoundingMode.HALF_UP);
	}

	/**
	 * Returns the most that a usage within bounds can cost, whichever buckets its tokens
	 * fall into and whichever service tier the answer names, rounded up: no usage with at
	 * most so many input tokens, output tokens and requests has a higher {@link #price}.
	 * @throws ArithmeticException if it exceeds what {@link Money} holds: the attempt
	 * cannot be bounded
	 * @throws IllegalArgumentException if a bound is negative
	 */
	public Money dearest(long inputTokensMax, long outputTokensMax, long requestsMax) {
		return dearest(ALL_BUCKETS, inputTokensMax, outputTokensMax, requestsMax);
	}

	/**
	 * Returns the most that a usage within bounds can cost, as
	 * {@link #dearest(long, long, long)}, where only some buckets can be used at all: a
	 * request without audio need not be held at the price of audio.
	 * @param possible the buckets that can be used
	 * @throws ArithmeticException if it exceeds what {@link Money} holds: the attempt
	 * cannot be bounded
	 * @throws IllegalArgumentException if a bound is negative
	 */
	public Money dearest(Set<UsageBucket> possible, long inputTokensMax, long outputTokensMax, long requestsMax) {
		if (inputTokensMax < 0 || outputTokensMax < 0 || requestsMax < 0) {
			throw new IllegalArgumentException(
					"bounds must not be negative: " + inputTokensMax + ", " + outputTokensMax + ", " + requestsMax);
		}
		BigDecimal dearest = BigDecimal.ZERO;
		// Thresholds of every service tier count: each changes what some tier costs.
		long[] thresholds = this.tiers.stream()
			.filter((tier) -> tier.reaches(inputTokensMax))
			.mapToLong(PriceTier::inputTokensOver)
			.distinct()
			.toArray();
		for (PriceTier tier : this.tiers) {
			for (long threshold : (tier.inputTokensOver() == 0) ? thresholds : NONE) {
				dearest = dearest.max(bound(tier.serviceTier(), threshold + 1, possible, inputTokensMax,
						outputTokensMax, requestsMax));
			}
		}
		return Money.of(dearest, this.currency, RoundingMode.CEILING);
	}

	/** The bound for one service tier between two thresholds. */
	private BigDecimal bound(String serviceTier, long inputTokens, Set<UsageBucket> possible, long inputTokensMax,
			long outputTokensMax, long requestsMax) {
		BigDecimal input = BigDecimal.ZERO;
		BigDecimal output = BigDecimal.ZERO;
		BigDecimal request = BigDecimal.ZERO;
		Rows rows = rows(serviceTier, inputTokens);
		for (UsageBucket bucket : possible) {
			BigDecimal price = rows.price(bucket);
			switch (bucket) {
				case INPUT, CACHE_READ, CACHE_WRITE_5M, CACHE_WRITE_1H, AUDIO_INPUT, IMAGE_INPUT ->
					input = input.max(price);
				case OUTPUT, REASONING, AUDIO_OUTPUT, IMAGE_OUTPUT -> output = output.max(price);
				case REQUEST -> request = price;
			}
		}
		return perMillion(input, inputTokensMax).add(perMillion(output, outputTokensMax))
			.add(request.multiply(BigDecimal.valueOf(requestsMax)));
	}

	private BigDecimal exact(TokenUsage usage, String serviceTier, long inputTokens) {
		if (hasServiceTier(serviceTier)) {
			return rows(serviceTier, inputTokens).cost(usage);
		}
		BigDecimal dearest = BigDecimal.ZERO;
		for (PriceTier tier : this.tiers) {
			dearest = dearest.max(rows(tier.serviceTier(), inputTokens).cost(usage));
		}
		return dearest;
	}

	private boolean hasServiceTier(String serviceTier) {
		for (PriceTier tier : this.tiers) {
			if (tier.serviceTier().equals(serviceTier)) {
				return true;
			}
		}
		return false;
	}

	private Rows rows(String serviceTier, long inputTokens) {
		return new Rows(choose(this.tiers, serviceTier, inputTokens),
				choose(this.tiers, PriceTier.DEFAULT, inputTokens), choose(this.tiers, PriceTier.DEFAULT, 0));
	}

	private static @Nullable PriceTier choose(List<PriceTier> tiers, String serviceTier, long inputTokens) {
		PriceTier chosen = null;
		for (PriceTier tier : tiers) {
			if (tier.serviceTier().equals(serviceTier) && tier.reaches(inputTokens)
					&& (chosen == null || tier.inputTokensOver() > chosen.inputTokensOver())) {
				chosen = tier;
			}
		}
		return chosen;
	}

	private static String normalised(@Nullable String serviceTier) {
		if (serviceTier == null || serviceTier.isEmpty()) {
			return PriceTier.DEFAULT;
		}
		String lower = serviceTier.toLowerCase(Locale.ROOT);
		return switch (lower) {
			case "auto", "standard" -> PriceTier.DEFAULT;
			default -> lower;
		};
	}

	private static BigDecimal perMillion(BigDecimal price, long tokens) {
		return price.multiply(BigDecimal.valueOf(tokens)).movePointLeft(PER_TOKENS_DIGITS);
	}

	/** The tiers that decide a price, from the one that applies to the last resort. */
	private record Rows(@Nullable PriceTier chosen, @Nullable PriceTier sameLength, @Nullable PriceTier base) {

		BigDecimal cost(TokenUsage usage) {
			BigDecimal sum = BigDecimal.ZERO;
			for (var entry : usage.nonZero().entrySet()) {
				BigDecimal price = price(entry.getKey());
				sum = sum.add((entry.getKey() == UsageBucket.REQUEST)
						? price.multiply(BigDecimal.valueOf(entry.getValue())) : perMillion(price, entry.getValue()));
			}
			return sum;
		}

		BigDecimal price(UsageBucket bucket) {
			UsageBucket substitute = substitute(bucket);
			BigDecimal price = dearer(this.base, bucket, substitute, BigDecimal.ZERO);
			price = dearer(this.sameLength, bucket, substitute, price);
			return dearer(this.chosen, bucket, substitute, price);
		}

		/**
		 * The tier's own price, else the dearer of its substitute and the price behind.
		 */
		private static BigDecimal dearer(@Nullable PriceTier tier, UsageBucket bucket, UsageBucket substitute,
				BigDecimal behind) {
			if (tier == null) {
				return behind;
			}
			BigDecimal own = tier.prices().get(bucket);
			if (own != null) {
				return own;
			}
			BigDecimal instead = tier.prices().get(substitute);
			return (instead != null) ? behind.max(instead) : behind;
		}

		private static UsageBucket substitute(UsageBucket bucket) {
			return switch (bucket) {
				case INPUT, CACHE_READ, CACHE_WRITE_5M, CACHE_WRITE_1H, AUDIO_INPUT, IMAGE_INPUT -> UsageBucket.INPUT;
				case OUTPUT, REASONING, AUDIO_OUTPUT, IMAGE_OUTPUT -> UsageBucket.OUTPUT;
				case REQUEST -> UsageBucket.REQUEST;
			};
		}

	}

}
