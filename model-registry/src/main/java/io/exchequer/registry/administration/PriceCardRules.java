package io.exchequer.registry.administration;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.ValidationProblem.Collector;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import org.jspecify.annotations.Nullable;

/**
 * What a price card must be like. A price has at most 24 decimals and is at most a
 * thousand million: a request of nine million tokens at the highest still fits an amount
 * of money, and beyond that pricing says so instead of wrapping around.
 */
final class PriceCardRules {

	private static final Pattern SERVICE_TIER = Pattern.compile("[a-z0-9_-]{1,32}");

	private static final Set<String> OTHER_NAMES_OF_DEFAULT = Set.of("auto", "standard");

	private static final BigDecimal PRICE_MAX = BigDecimal.valueOf(1_000_000_000);

	/** A published price of a third of something has as many decimals as its list. */
	private static final int PRICE_DECIMALS_MAX = 24;

	private static final int PRICE_ZEROS_MAX = 12;

	private static final int TIERS_MAX = 32;

	private static final long INPUT_TOKENS_OVER_MAX = 1_000_000_000_000L;

	private static final int TEXT_LENGTH_MAX = 2048;

	private PriceCardRules() {
	}

	/** Checks a command. */
	static void check(AddPriceCard command) {
		Collector problems = new Collector();
		problems.require(currency(command.currency()) != null, "unknown_currency", "currency",
				"must be an ISO 4217 code such as USD");
		Instant from = command.effectiveFrom();
		problems.require(from == null || isPlausible(from), "out_of_range", "effectiveFrom",
				"must be in the years " + RegistryRules.YEAR_MIN + " to " + RegistryRules.YEAR_MAX);
		problems.require(!command.tiers().isEmpty() && command.tiers().size() <= TIERS_MAX, "invalid_tiers", "tiers",
				"must have 1 to " + TIERS_MAX + " tiers");
		Set<String> seen = new HashSet<>();
		for (int i = 0; i < command.tiers().size(); i++) {
			PriceTier tier = command.tiers().get(i);
			tier(problems, "tiers[" + i + "]", tier);
			problems.require(seen.add(tier.serviceTier() + '>' + tier.inputTokensOver()), "repeated_tier",
					"tiers[" + i + "]", "repeats the tier " + tier.serviceTier() + " over " + tier.inputTokensOver());
		}
		complete(problems, command.tiers());
		text(problems, "source", command.source());
		text(problems, "note", command.note());
		problems.throwIfAny();
	}

	private static boolean isPlausible(Instant from) {
		return !from.isBefore(LocalDate.of(RegistryRules.YEAR_MIN, 1, 1).atStartOfDay(ZoneOffset.UTC).toInstant())
				&& from
					.isBefore(LocalDate.of(RegistryRules.YEAR_MAX + 1, 1, 1).atStartOfDay(ZoneOffset.UTC).toInstant());
	}

	/** Returns the currency of a code, or null where there is none that has units. */
	static @Nullable Currency currency(String code) {
		try {
			Currency currency = Currency.getInstance(code);
			return (currency.getDefaultFractionDigits() >= 0) ? currency : null;
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	/** Returns the tiers in a fixed order and with prices that are equal if they are. */
	static List<PriceTier> normalised(List<PriceTier> tiers) {
		List<PriceTier> result = new ArrayList<>();
		for (PriceTier tier : tiers) {
			Map<UsageBucket, BigDecimal> prices = new EnumMap<>(UsageBucket.class);
			tier.prices().forEach((bucket, price) -> prices.put(bucket, normalised(price)));
			result.add(new PriceTier(tier.serviceTier(), tier.inputTokensOver(), prices));
		}
		result.sort((a, b) -> {
			int byName = a.serviceTier().compareTo(b.serviceTier());
			return (byName != 0) ? byName : Long.compare(a.inputTokensOver(), b.inputTokensOver());
		});
		return List.copyOf(result);
	}

	private static BigDecimal normalised(BigDecimal price) {
		BigDecimal stripped = price.stripTrailingZeros();
		return (stripped.scale() < 0) ? stripped.setScale(0) : stripped;
	}

	private static void tier(Collector problems, String field, PriceTier tier) {
		problems.require(SERVICE_TIER.matcher(tier.serviceTier()).matches(), "invalid_service_tier",
				field + ".serviceTier", "must have 1 to 32 of a-z, 0-9, '_' and '-'");
		problems.require(!OTHER_NAMES_OF_DEFAULT.contains(tier.serviceTier()), "invalid_service_tier",
				field + ".serviceTier", "must be called " + PriceTier.DEFAULT);
		problems.require(tier.inputTokensOver() >= 0 && tier.inputTokensOver() <= INPUT_TOKENS_OVER_MAX, "out_of_range",
				field + ".inputTokensOver", "must be 0 to " + INPUT_TOKENS_OVER_MAX);
		problems.require(!tier.prices().isEmpty(), "missing_price", field + ".prices", "must have at least one price");
		tier.prices().forEach((bucket, price) -> price(problems, field + ".prices." + bucket, price));
	}

	private static void price(Collector problems, String field, BigDecimal price) {
		problems.require(price.signum() >= 0, "negative_price", field, "must be 0 or more");
		// The scale is looked at first: 1e999999999 would take for ever to write out.
		boolean written = price.scale() >= -PRICE_ZEROS_MAX && price.precision() <= 2 * PRICE_DECIMALS_MAX + 1;
		problems.require(written && price.compareTo(PRICE_MAX) <= 0, "price_too_high", field,
				"must be at most " + PRICE_MAX);
		problems.require(written && normalised(price).scale() <= PRICE_DECIMALS_MAX, "price_too_fine", field,
				"must have at most " + PRICE_DECIMALS_MAX + " decimals");
	}

	private static void complete(Collector problems, List<PriceTier> tiers) {
		boolean complete = tiers.stream()
			.anyMatch((tier) -> tier.serviceTier().equals(PriceTier.DEFAULT) && tier.inputTokensOver() == 0
					&& tier.prices().containsKey(UsageBucket.INPUT) && tier.prices().containsKey(UsageBucket.OUTPUT));
		problems.require(complete, "missing_price", "tiers",
				"must have a default tier over 0 with prices of INPUT and OUTPUT; write 0 for what is free");
		tiers.stream().map(PriceTier::serviceTier).distinct().forEach((name) -> {
			boolean base = tiers.stream()
				.anyMatch((tier) -> tier.serviceTier().equals(name) && tier.inputTokensOver() == 0);
			problems.require(base || name.equals(PriceTier.DEFAULT), "missing_tier", "tiers",
					"must have the tier " + name + " over 0 too");
		});
	}

	private static void text(Collector problems, String field, String text) {
		problems.require(text.length() <= TEXT_LENGTH_MAX && RegistryRules.isPrintable(text), "invalid_text", field,
				"must have at most " + TEXT_LENGTH_MAX + " printable characters");
	}

}
