package io.exchequer.registry;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
 * bucket of tokens charges the dearer of two: its price of {@code INPUT} for the other
 * buckets of input (of {@code AUDIO_INPUT}, if it has one, for cached audio) and of
 * {@code OUTPUT} for those of output; and what the {@code default} service tier charges
 * for that bucket, for as many input tokens, found in the same way. The {@code default}
 * tier over 0 has prices of {@code INPUT} and {@code OUTPUT}, where the search ends.
 * Nothing stands in for what is not counted in tokens: requests, images, seconds and the
 * like are free where they have no price anywhere. Who lets something be billed by them
 * asks {@link #prices} before.
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
		return dearest(possible, inputTokensMax, outputTokensMax,
				possible.contains(UsageBucket.REQUEST) ? Map.of(UsageBucket.REQUEST, requestsMax) : Map.of());
	}

	/**
	 * Returns the most that a usage within bounds can cost, as
	 * {@link #dearest(Set, long, long, long)}, where things other than tokens are billed
	 * too. What has no bound here is not used: a chat is not held at the price of seconds
	 * of audio.
	 * @param possibleTokens the buckets of tokens that can be used; others are ignored
	 * @param unitsMax the most that can be used of each bucket that does not count tokens
	 * @throws ArithmeticException if it exceeds what {@link Money} holds: the attempt
	 * cannot be bounded
	 * @throws IllegalArgumentException if a bound is negative, or is one of tokens in
	 * {@code unitsMax}
	 */
	public Money dearest(Set<UsageBucket> possibleTokens, long inputTokensMax, long outputTokensMax,
			Map<UsageBucket, Long> unitsMax) {
		if (inputTokensMax < 0 || outputTokensMax < 0 || unitsMax.values().stream().anyMatch((max) -> max < 0)) {
			throw new IllegalArgumentException(
					"bounds must not be negative: " + inputTokensMax + ", " + outputTokensMax + ", " + unitsMax);
		}
		if (unitsMax.keySet().stream().anyMatch((bucket) -> bucket.measure().isTokens())) {
			throw new IllegalArgumentException("tokens are bounded by direction, not by bucket: " + unitsMax);
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
				Rows rows = rows(tier.serviceTier(), threshold + 1);
				dearest = dearest.max(rows.bound(possibleTokens, inputTokensMax, outputTokensMax, unitsMax));
			}
		}
		return Money.of(dearest, this.currency, RoundingMode.CEILING);
	}

	/**
	 * Returns whether the card says what a bucket costs: it has a price for it in the
	 * {@code default} tier over 0, be it 0.
	 */
	public boolean prices(UsageBucket bucket) {
		PriceTier base = choose(this.tiers, PriceTier.DEFAULT, 0);
		return base != null && base.prices().containsKey(bucket);
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

	private static BigDecimal cost(UsageBucket bucket, BigDecimal price, long count) {
		return price.multiply(BigDecimal.valueOf(count)).movePointLeft(bucket.measure().priceDigits());
	}

	/** The tiers that decide a price, from the one that applies to the last resort. */
	private record Rows(@Nullable PriceTier chosen, @Nullable PriceTier sameLength, @Nullable PriceTier base) {

		BigDecimal cost(TokenUsage usage) {
			BigDecimal sum = BigDecimal.ZERO;
			for (var entry : usage.nonZero().entrySet()) {
				sum = sum.add(PriceCard.cost(entry.getKey(), price(entry.getKey()), entry.getValue()));
			}
			return sum;
		}

		BigDecimal bound(Set<UsageBucket> possibleTokens, long inputTokensMax, long outputTokensMax,
				Map<UsageBucket, Long> unitsMax) {
			BigDecimal input = BigDecimal.ZERO;
			BigDecimal output = BigDecimal.ZERO;
			for (UsageBucket bucket : possibleTokens) {
				switch (bucket.measure()) {
					case INPUT_TOKENS -> input = input.max(price(bucket));
					case OUTPUT_TOKENS -> output = output.max(price(bucket));
					case CHARACTERS, PIXELS, MILLISECONDS, PIECES -> {
					}
				}
			}
			BigDecimal sum = PriceCard.cost(UsageBucket.INPUT, input, inputTokensMax)
				.add(PriceCard.cost(UsageBucket.OUTPUT, output, outputTokensMax));
			for (var unit : unitsMax.entrySet()) {
				sum = sum.add(PriceCard.cost(unit.getKey(), price(unit.getKey()), unit.getValue()));
			}
			return sum;
		}

		BigDecimal price(UsageBucket bucket) {
			BigDecimal price = dearer(this.base, bucket, BigDecimal.ZERO);
			price = dearer(this.sameLength, bucket, price);
			return dearer(this.chosen, bucket, price);
		}

		/**
		 * The tier's own price, else the dearer of its substitute and the price behind.
		 */
		private static BigDecimal dearer(@Nullable PriceTier tier, UsageBucket bucket, BigDecimal behind) {
			if (tier == null) {
				return behind;
			}
			BigDecimal own = tier.prices().get(bucket);
			if (own != null) {
				return own;
			}
			BigDecimal instead = substitute(tier.prices(), bucket);
			return (instead != null) ? behind.max(instead) : behind;
		}

		private static @Nullable BigDecimal substitute(Map<UsageBucket, BigDecimal> prices, UsageBucket bucket) {
			return switch (bucket.measure()) {
				case INPUT_TOKENS -> {
					boolean audio = bucket == UsageBucket.AUDIO_CACHE_READ || bucket == UsageBucket.AUDIO_CACHE_WRITE;
					BigDecimal uncached = audio ? prices.get(UsageBucket.AUDIO_INPUT) : null;
					yield (uncached != null) ? uncached : prices.get(UsageBucket.INPUT);
				}
				case OUTPUT_TOKENS -> prices.get(UsageBucket.OUTPUT);
				case CHARACTERS, PIXELS, MILLISECONDS, PIECES -> null;
			};
		}

	}

}
