package io.exchequer.registry;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Currency;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PriceCardTests {

	private static final Currency USD = Currency.getInstance("USD");

	private static final PriceTier BASE = tier("default", 0, Map.of(UsageBucket.INPUT, "0.075", UsageBucket.OUTPUT,
			"0.30", UsageBucket.CACHE_READ, "0.0375", UsageBucket.AUDIO_INPUT, "10"));

	private static final PriceTier LONG = tier("default", 200_000,
			Map.of(UsageBucket.INPUT, "0.15", UsageBucket.OUTPUT, "0.60"));

	private static final PriceTier FLEX = tier("flex", 0,
			Map.of(UsageBucket.INPUT, "0.04", UsageBucket.REQUEST, "0.001"));

	private static final PriceTier PRIORITY = tier("priority", 0,
			Map.of(UsageBucket.INPUT, "0.2", UsageBucket.OUTPUT, "0.8"));

	private final PriceCard card = card(BASE, LONG, FLEX, PRIORITY);

	@Test
	void pricesATokenAtSeventyFiveNanos() {
		assertThat(nanos(usage(UsageBucket.INPUT, 1), null)).isEqualTo(75);
		assertThat(nanos(usage(UsageBucket.INPUT, 1).with(UsageBucket.OUTPUT, 2), "default")).isEqualTo(675);
		assertThat(this.card.price(TokenUsage.NONE, null).nanos()).isZero();
		assertThat(this.card.price(TokenUsage.NONE, null).currency()).isEqualTo(USD);
	}

	@Test
	void roundsTheSumOnceHalfUp() {
		assertThat(nanos(usage(UsageBucket.CACHE_READ, 1), null)).isEqualTo(38);
		assertThat(nanos(usage(UsageBucket.CACHE_READ, 3), null)).isEqualTo(113);
		PriceCard fine = card(tier("default", 0, Map.of(UsageBucket.INPUT, "0.0004", UsageBucket.OUTPUT, "0.0001")));
		TokenUsage usage = usage(UsageBucket.INPUT, 1).with(UsageBucket.OUTPUT, 1);
		assertThat(fine.price(usage, null).nanos()).isEqualTo(1);
		assertThat(fine.price(usage(UsageBucket.INPUT, 1), null).nanos()).isZero();
		assertThat(fine.dearest(1, 0, 0).nanos()).isEqualTo(1);
	}

	@Test
	void takesTheLongContextTierFromTheFirstTokenOverItsThreshold() {
		assertThat(nanos(usage(UsageBucket.INPUT, 200_000), null)).isEqualTo(200_000 * 75L);
		assertThat(nanos(usage(UsageBucket.INPUT, 200_001), null)).isEqualTo(200_001 * 150L);
		assertThat(nanos(usage(UsageBucket.INPUT, 100_000).with(UsageBucket.CACHE_READ, 100_001), null))
			.isEqualTo(200_001 * 150L);
	}

	@Test
	void chargesABucketWithoutAPriceAsTextOfItsDirection() {
		assertThat(nanos(usage(UsageBucket.CACHE_WRITE_1H, 1000), null)).isEqualTo(75_000);
		assertThat(nanos(usage(UsageBucket.IMAGE_INPUT, 1000), null)).isEqualTo(75_000);
		assertThat(nanos(usage(UsageBucket.REASONING, 1000), null)).isEqualTo(300_000);
		assertThat(nanos(usage(UsageBucket.AUDIO_OUTPUT, 1000), null)).isEqualTo(300_000);
		assertThat(nanos(usage(UsageBucket.REQUEST, 1), null)).isZero();
	}

	@Test
	void takesWhatATierLacksFromTheDefaultTierForAsManyTokens() {
		assertThat(nanos(usage(UsageBucket.OUTPUT, 10), "flex")).isEqualTo(3000);
		assertThat(nanos(usage(UsageBucket.OUTPUT, 10).with(UsageBucket.INPUT, 300_000), "flex"))
			.isEqualTo(6000 + 300_000 * 40L);
		assertThat(nanos(usage(UsageBucket.REQUEST, 2), "flex")).isEqualTo(2_000_000);
	}

	@Test
	void takesTheDearerWhereATierIsSilentOnABucketThatHasAPriceElsewhere() {
		assertThat(nanos(usage(UsageBucket.AUDIO_INPUT, 1000), "priority")).isEqualTo(10_000_000);
		assertThat(nanos(usage(UsageBucket.CACHE_READ, 1000), "priority")).isEqualTo(200_000);
		assertThat(nanos(usage(UsageBucket.CACHE_READ, 1000), "flex")).isEqualTo(40_000);
	}

	@ParameterizedTest
	@NullSource
	@ValueSource(strings = { "", "auto", "standard", "default", "Default" })
	void readsNoParticularTierAsTheDefaultTier(@Nullable String serviceTier) {
		assertThat(nanos(usage(UsageBucket.INPUT, 1000), serviceTier)).isEqualTo(75_000);
	}

	@Test
	void chargesATierThatIsNotOnTheCardAsItsDearest() {
		assertThat(nanos(usage(UsageBucket.INPUT, 1000), "scale")).isEqualTo(200_000);
		assertThat(nanos(usage(UsageBucket.INPUT, 1000), "flex")).isEqualTo(40_000);
	}

	@Test
	void pricesWhatIsNotTokensForAsManyAsItsMeasureSays() {
		PriceCard media = card(tier("default", 0,
				Map.of(UsageBucket.INPUT, "0", UsageBucket.OUTPUT, "0", UsageBucket.IMAGES_OUT, "0.04",
						UsageBucket.CHARACTERS_IN, "15", UsageBucket.PIXELS_OUT, "0.019", UsageBucket.AUDIO_TIME_IN,
						"0.0001", UsageBucket.PAGES, "0.001")));
		assertThat(nanos(media, usage(UsageBucket.IMAGES_OUT, 3))).isEqualTo(120_000_000);
		assertThat(nanos(media, usage(UsageBucket.CHARACTERS_IN, 1000))).isEqualTo(15_000_000);
		assertThat(nanos(media, usage(UsageBucket.PIXELS_OUT, 1024 * 1024))).isEqualTo(19_922_944);
		assertThat(nanos(media, usage(UsageBucket.AUDIO_TIME_IN, 12_345))).isEqualTo(1_234_500);
		assertThat(nanos(media, usage(UsageBucket.PAGES, 2))).isEqualTo(2_000_000);
		assertThat(nanos(media, usage(UsageBucket.IMAGES_IN, 2))).isZero();
		assertThat(media.prices(UsageBucket.PAGES)).isTrue();
		assertThat(media.prices(UsageBucket.IMAGES_IN)).isFalse();
	}

	@Test
	void chargesCachedAudioAsAudioWhereItHasNoPriceOfItsOwn() {
		assertThat(nanos(usage(UsageBucket.AUDIO_CACHE_READ, 1000), null)).isEqualTo(10_000_000);
		assertThat(nanos(usage(UsageBucket.AUDIO_CACHE_WRITE, 1000), "priority")).isEqualTo(10_000_000);
		assertThat(nanos(usage(UsageBucket.CITATION, 1000), null)).isEqualTo(75_000);
		assertThat(nanos(usage(UsageBucket.VIDEO_OUTPUT, 1000), null)).isEqualTo(300_000);
	}

	@Test
	void boundsWhatIsNotTokensOnlyWhereItCanBeUsed() {
		PriceCard media = card(
				tier("default", 0,
						Map.of(UsageBucket.INPUT, "1", UsageBucket.OUTPUT, "2", UsageBucket.AUDIO_TIME_OUT, "0.5",
								UsageBucket.IMAGES_OUT, "0.04")),
				tier("priority", 0, Map.of(UsageBucket.IMAGES_OUT, "0.08")));
		Set<UsageBucket> text = Set.of(UsageBucket.INPUT, UsageBucket.OUTPUT);
		assertThat(media.dearest(1000, 100, 1).nanos()).isEqualTo(1_200_000);
		assertThat(media.dearest(text, 1000, 100, Map.of()).nanos()).isEqualTo(1_200_000);
		assertThat(media.dearest(text, 1000, 100, Map.of(UsageBucket.IMAGES_OUT, 2L)).nanos())
			.isEqualTo(1_200_000 + 160_000_000);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> media.dearest(text, 1, 1, Map.of(UsageBucket.IMAGES_OUT, -1L)));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> media.dearest(text, 1, 1, Map.of(UsageBucket.REASONING, 1L)));
	}

	@Test
	void boundsByTheDearestBucketThatIsPossible() {
		assertThat(this.card.dearest(1000, 100, 1).nanos()).isEqualTo(10_000_000 + 30_000 + 1_000_000);
		assertThat(
				this.card.dearest(Set.of(UsageBucket.INPUT, UsageBucket.CACHE_READ, UsageBucket.OUTPUT), 1000, 100, 1)
					.nanos())
			.isEqualTo(200_000 + 80_000);
		assertThat(this.card.dearest(Set.of(UsageBucket.INPUT, UsageBucket.REQUEST), 1000, 0, 1).nanos())
			.isEqualTo(1_040_000);
		assertThat(this.card.dearest(0, 0, 0).nanos()).isZero();
	}

	@Test
	void boundsALongRequestByTheLongContextTierOnlyWhereItCanApply() {
		PriceCard two = card(BASE, LONG);
		Set<UsageBucket> text = Set.of(UsageBucket.INPUT, UsageBucket.OUTPUT);
		assertThat(two.dearest(text, 200_000, 0, 0).nanos()).isEqualTo(200_000 * 75L);
		assertThat(two.dearest(text, 200_001, 0, 0).nanos()).isEqualTo(200_001 * 150L);
	}

	@Test
	void neverPricesAUsageWithinBoundsAboveTheBound() {
		Random random = new Random(20_261_122);
		for (int round = 0; round < 20_000; round++) {
			PriceCard any = randomCard(random);
			Set<UsageBucket> possible = EnumSet.noneOf(UsageBucket.class);
			TokenUsage usage = TokenUsage.NONE;
			Map<UsageBucket, Long> units = new EnumMap<>(UsageBucket.class);
			for (UsageBucket bucket : UsageBucket.values()) {
				if (random.nextInt(3) > 0) {
					usage = usage.with(bucket, random.nextInt(4) * (long) random.nextInt(1, 90_000));
					if (bucket.measure().isTokens()) {
						possible.add(bucket);
					}
					else {
						units.put(bucket, usage.get(bucket) + random.nextInt(2));
					}
				}
			}
			String tier = List.of("default", "flex", "priority", "unheard-of", "auto").get(random.nextInt(5));
			long price = any.price(usage, tier).nanos();
			assertThat(price).as("%s on %s in %s", usage, any.tiers(), tier)
				.isNotNegative()
				.isLessThanOrEqualTo(any.dearest(possible, usage.inputTokens(), usage.outputTokens(), units).nanos())
				.isLessThanOrEqualTo(any
					.dearest(EnumSet.allOf(UsageBucket.class), usage.inputTokens() + random.nextInt(300_000),
							usage.outputTokens() + random.nextInt(10), units)
					.nanos());
		}
	}

	@Test
	void pricesATextUsageAtItsBoundExactly() {
		PriceCard one = card(BASE);
		TokenUsage usage = usage(UsageBucket.INPUT, 1234).with(UsageBucket.OUTPUT, 567);
		assertThat(one.dearest(Set.of(UsageBucket.INPUT, UsageBucket.OUTPUT), 1234, 567, 0))
			.isEqualTo(one.price(usage, null));
	}

	@Test
	void saysThatAnAmountIsTooLargeInsteadOfWrappingAround() {
		PriceCard dear = card(tier("default", 0, Map.of(UsageBucket.INPUT, "1000000000", UsageBucket.OUTPUT, "0")));
		assertThat(dear.dearest(9_223_372, 0, 0).nanos()).isEqualTo(9_223_372_000_000_000_000L);
		assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> dear.dearest(9_223_373, 0, 0));
		assertThatExceptionOfType(ArithmeticException.class)
			.isThrownBy(() -> dear.price(usage(UsageBucket.INPUT, 9_223_373), null));
		assertThatIllegalArgumentException().isThrownBy(() -> dear.dearest(-1, 0, 0));
	}

	@Test
	void refusesACardThatLacksAPriceItWouldFallBackTo() {
		assertThatIllegalArgumentException().isThrownBy(() -> card(FLEX));
		assertThatIllegalArgumentException().isThrownBy(() -> card(tier("default", 0, Map.of(UsageBucket.INPUT, "1"))));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> card(BASE, tier("flex", 1000, Map.of(UsageBucket.INPUT, "1"))));
	}

	private static PriceCard randomCard(Random random) {
		List<PriceTier> tiers = new ArrayList<>();
		for (String serviceTier : List.of("default", "flex", "priority")) {
			for (long over : new long[] { 0, 10_000, 128_000 }) {
				boolean base = serviceTier.equals("default") && over == 0;
				if (base || random.nextBoolean()) {
					tiers.add(randomTier(random, serviceTier, over, base));
				}
			}
			long highest = tiers.stream().filter((tier) -> tier.serviceTier().equals(serviceTier)).count();
			if (highest > 0 && tiers.stream()
				.noneMatch((tier) -> tier.serviceTier().equals(serviceTier) && tier.inputTokensOver() == 0)) {
				tiers.add(randomTier(random, serviceTier, 0, false));
			}
		}
		return card(tiers.toArray(PriceTier[]::new));
	}

	private static PriceTier randomTier(Random random, String serviceTier, long over, boolean base) {
		Map<UsageBucket, BigDecimal> prices = new EnumMap<>(UsageBucket.class);
		for (UsageBucket bucket : UsageBucket.values()) {
			boolean needed = base && (bucket == UsageBucket.INPUT || bucket == UsageBucket.OUTPUT);
			if (needed || random.nextInt(3) == 0) {
				prices.put(bucket, BigDecimal.valueOf(random.nextInt(1_000_000), random.nextInt(3, 13)));
			}
		}
		return new PriceTier(serviceTier, over, prices);
	}

	private long nanos(TokenUsage usage, @Nullable String serviceTier) {
		return this.card.price(usage, serviceTier).nanos();
	}

	private static long nanos(PriceCard card, TokenUsage usage) {
		return card.price(usage, null).nanos();
	}

	private static TokenUsage usage(UsageBucket bucket, long count) {
		return TokenUsage.NONE.with(bucket, count);
	}

	private static PriceTier tier(String serviceTier, long over, Map<UsageBucket, String> prices) {
		Map<UsageBucket, BigDecimal> decimals = new EnumMap<>(UsageBucket.class);
		prices.forEach((bucket, price) -> decimals.put(bucket, new BigDecimal(price)));
		return new PriceTier(serviceTier, over, decimals);
	}

	private static PriceCard card(PriceTier... tiers) {
		return new PriceCard(new UUID(0, 1), new DeploymentId(new UUID(0, 2)), 1, Instant.EPOCH, USD, List.of(tiers));
	}

}
