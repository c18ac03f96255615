package io.exchequer.registry.pricelist;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.exchequer.registry.PriceListEntry;
import io.exchequer.registry.PriceListEntry.Outcome;
import io.exchequer.registry.PriceListEntry.Reason;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.pricelist.CostFields.CostField;
import io.exchequer.registry.pricelist.CostFields.Slot;
import io.exchequer.registry.pricelist.Value.Flag;
import io.exchequer.registry.pricelist.Value.Items;
import io.exchequer.registry.pricelist.Value.Members;
import io.exchequer.registry.pricelist.Value.Nothing;
import io.exchequer.registry.pricelist.Value.Numeral;
import io.exchequer.registry.pricelist.Value.Text;
import io.exchequer.registry.pricelist.Value.Unusable;
import org.jspecify.annotations.Nullable;

/**
 * Reads an entry. Each field is a price, or known to be none, or is reported; a price
 * that is no price refuses the whole entry, since the others may be as wrong.
 */
final class EntryReader {

	/** The form's own description of itself, which stands in the list as an entry. */
	private static final String DESCRIPTION = "sample_spec";

	private static final int NAME_MAX = 200;

	private static final int REASONS_MAX = 20;

	/** As on a card; see there. */
	private static final BigDecimal PRICE_MAX = BigDecimal.valueOf(1_000_000_000);

	private static final int DECIMALS_MAX = 24;

	private static final int WRITTEN_MAX = 100;

	private static final BigDecimal FACTOR_MAX = BigDecimal.TEN;

	private final List<Reason> reasons = new ArrayList<>();

	private final List<String> notes = new ArrayList<>();

	private final Map<String, BigDecimal> regions = new HashMap<>();

	private final String name;

	private final String provider;

	private final String mode;

	private final Map<String, Value> fields;

	private final EntryPrices prices;

	private boolean refused;

	private EntryReader(String name, Map<String, Value> fields) {
		this.name = name;
		this.fields = fields;
		this.provider = text("litellm_provider");
		this.mode = text("mode");
		this.prices = new EntryPrices(this.mode, this::refuse, this.notes::add);
	}

	/** Reads an entry. */
	static PriceListEntry read(String name, Value value) {
		if (!name.equals(printable(name)) || name.isBlank()) {
			return refused(name, "invalid_name", "A name has 1 to " + NAME_MAX + " printable characters.");
		}
		return switch (value) {
			case Members(Map<String, Value> map) when name.equals(DESCRIPTION) -> refused(name, "description",
					"This describes the form of the list (" + map.size() + " fields) and no model.");
			case Members(Map<String, Value> map) -> new EntryReader(name, map).read();
			case Unusable(String code, String message) -> refused(name, code, message);
			case Items _, Numeral _, Text _, Flag _, Nothing _ ->
				refused(name, "not_an_object", "An entry is an object.");
		};
	}

	/** Makes the entry of a name that stands more than once. */
	static PriceListEntry repeated(String name) {
		return refused(name, "repeated_name", "More than one entry has this name: which is meant cannot be told.");
	}

	private static PriceListEntry refused(String name, String code, String message) {
		return new PriceListEntry(printable(name), "", "", Outcome.REFUSED, List.of(), false, Map.of(),
				List.of(new Reason(code, "", message)), List.of());
	}

	private String text(String field) {
		return (this.fields.get(field) instanceof Text(String text)) ? printable(text) : "";
	}

	/** Returns what can be stored and shown of a text. */
	private static String printable(String text) {
		String shorter = (text.length() > NAME_MAX) ? text.substring(0, NAME_MAX) : text;
		return shorter.replaceAll("[\\p{Cntrl}\\p{Cs}\\uFFFE\\uFFFF]", "\uFFFD");
	}

	private PriceListEntry read() {
		if (this.provider.isBlank()) {
			return refused(this.name, "no_provider", "The entry names no provider, so it is nobody's price.");
		}
		this.fields.forEach(this::field);
		List<PriceTier> tiers = this.prices.isEmpty() ? List.of() : this.prices.tiers();
		if (!tiers.isEmpty()
				&& tiers.stream().flatMap((tier) -> tier.prices().values().stream()).allMatch((p) -> p.signum() == 0)) {
			this.notes.add("Every price is 0.");
		}
		Outcome outcome = outcome(tiers);
		boolean usable = outcome == Outcome.PRICED || outcome == Outcome.PARTLY;
		return new PriceListEntry(this.name, this.provider, this.mode, outcome, usable ? tiers : List.of(),
				usable && this.prices.isComplete(), this.regions, this.reasons, this.notes);
	}

	private Outcome outcome(List<PriceTier> tiers) {
		if (this.refused || (tiers.isEmpty() && !this.reasons.isEmpty())) {
			return Outcome.REFUSED;
		}
		if (!this.reasons.isEmpty()) {
			return Outcome.PARTLY;
		}
		return tiers.isEmpty() ? Outcome.UNPRICED : Outcome.PRICED;
	}

	private void field(String field, Value value) {
		CostField cost = CostFields.of(field);
		if (cost != null) {
			price(field, cost, value);
			return;
		}
		switch (field) {
			case CostFields.SEARCH_CONTEXT -> inside(field, value);
			case CostFields.TIERED -> tiered(value);
			case CostFields.OPTIONS -> options(value);
			default -> other(field, value);
		}
	}

	private void other(String field, Value value) {
		String dollars = CostFields.inDollars(field);
		if (field.startsWith(CostFields.REGION_PREFIX)) {
			region(field, value);
		}
		else if (dollars != null && this.fields.containsKey(dollars)) {
			this.notes.add("The list has " + field + " too, which is the same price in the provider's own unit.");
		}
		else if (!CostFields.isPlain(field) && !(value instanceof Flag) && !(value instanceof Nothing)) {
			List<String> why = CostFields.whyLeftOut(field);
			leaveOut(why.get(0), field, why.get(1));
		}
	}

	/** Adds a price; null is none. */
	private void price(String field, CostField cost, Value value) {
		if (value instanceof Nothing) {
			return;
		}
		BigDecimal price = decimal(field, value);
		if (price == null) {
			return;
		}
		BigDecimal ours = price.movePointRight(cost.shift()).stripTrailingZeros();
		ours = (ours.scale() < 0) ? ours.setScale(0) : ours;
		if (ours.compareTo(PRICE_MAX) > 0) {
			refuse("price_too_high", field, "A price is at most " + PRICE_MAX + " in a card's unit.");
		}
		else if (ours.scale() > DECIMALS_MAX) {
			refuse("price_too_fine", field, "A price has at most " + DECIMALS_MAX + " decimals in a card's unit.");
		}
		else {
			this.prices.add(field, cost, ours);
		}
	}

	/** Returns a number that is 0 or more, or null where it is none: refused then. */
	private @Nullable BigDecimal decimal(String field, Value value) {
		if (!(value instanceof Numeral(String text))) {
			refuse("not_a_number", field, "A price is a number.");
			return null;
		}
		BigDecimal number;
		try {
			number = new BigDecimal(text);
		}
		catch (NumberFormatException ex) {
			refuse("price_too_high", field, "No number is as large or as small as this.");
			return null;
		}
		// Looked at before any arithmetic: 1e999999999 would take for ever to write out.
		if (Math.abs((long) number.scale()) > WRITTEN_MAX || number.precision() > WRITTEN_MAX) {
			boolean large = number.scale() < 0 || (long) number.precision() - number.scale() > WRITTEN_MAX;
			refuse(large ? "price_too_high" : "price_too_fine", field, "No price is as large or as fine as this.");
			return null;
		}
		if (number.signum() < 0) {
			refuse("negative_price", field, "A price is 0 or more.");
			return null;
		}
		return number;
	}

	/** Reads an object whose members are prices of the standard tier. */
	private void inside(String field, Value value) {
		if (value instanceof Nothing) {
			return;
		}
		if (!(value instanceof Members(Map<String, Value> map))) {
			refuse("not_an_object", field, "This is an object of prices.");
			return;
		}
		map.forEach((member, price) -> {
			CostField cost = CostFields.of(member);
			if (cost != null && cost.slot().equals(Slot.BASE)) {
				price(field + "." + member, cost, price);
			}
			else {
				leaveOut("unknown_field", field + "." + member, "What this field means is not known.");
			}
		});
	}

	private void tiered(Value value) {
		if (!(value instanceof Items(List<Value> list))) {
			refuse("not_an_array", CostFields.TIERED, "This is an array of tiers.");
			return;
		}
		for (int i = 0; i < list.size(); i++) {
			tier(CostFields.TIERED + "[" + i + "]", list.get(i));
		}
	}

	private void tier(String field, Value value) {
		if (!(value instanceof Members(Map<String, Value> map))) {
			refuse("not_an_object", field, "A tier is an object.");
			return;
		}
		if (!map.containsKey(CostFields.RANGE)) {
			leaveOut("unknown_range", field,
					map.keySet()
						.stream()
						.filter((name) -> name.endsWith("_range"))
						.findFirst()
						.map((name) -> "A price that depends on " + printable(name) + " has no place on a card.")
						.orElse("What the tier is for is not said."));
			return;
		}
		Long over = threshold(field, map.get(CostFields.RANGE));
		if (over == null) {
			return;
		}
		map.forEach((member, price) -> {
			CostField cost = CostFields.of(member);
			if (cost != null && cost.slot().over() == 0) {
				price(field + "." + member,
						new CostField(cost.base(), new Slot(cost.slot().serviceTier(), over), cost.shift()), price);
			}
			else if (!member.equals(CostFields.RANGE)) {
				leaveOut("unknown_field", field + "." + member, "What this field means is not known.");
			}
		});
	}

	/** Returns the lower end of a range of input tokens, or null where it is none. */
	private @Nullable Long threshold(String field, @Nullable Value range) {
		if (range instanceof Items(List<Value> ends) && ends.size() == 2) {
			BigDecimal from = decimal(field + ".range", ends.getFirst());
			if (from == null) {
				return null;
			}
			try {
				return from.longValueExact();
			}
			catch (ArithmeticException ex) {
				// Refused below: no number of tokens.
			}
		}
		refuse("invalid_range", field + ".range", "A range is two numbers of input tokens.");
		return null;
	}

	/** Prices that are multiplied where the caller asks for something special. */
	private void options(Value value) {
		if (!(value instanceof Members(Map<String, Value> map))) {
			leaveOut("unknown_field", CostFields.OPTIONS, "What this field means is not known.");
			return;
		}
		map.forEach((option, factor) -> {
			if (factor instanceof Numeral(String times)) {
				leaveOut("priced_by_option", CostFields.OPTIONS + "." + printable(option), "Prices are multiplied by "
						+ printable(times) + " where a request asks for this option, which has no place on a card.");
			}
			else if (!(factor instanceof Text)) {
				leaveOut("unknown_field", CostFields.OPTIONS + "." + printable(option),
						"What this field means is not known.");
			}
		});
	}

	private void region(String field, Value value) {
		BigDecimal factor = decimal(field, value);
		if (factor != null && (factor.signum() == 0 || factor.compareTo(FACTOR_MAX) > 0)) {
			refuse("invalid_factor", field, "A factor is above 0 and at most " + FACTOR_MAX + ".");
		}
		else if (factor != null) {
			this.regions.put(printable(field.substring(CostFields.REGION_PREFIX.length())), factor);
		}
	}

	private void refuse(String code, String field, String message) {
		refuse(new Reason(code, printable(field), message));
	}

	private void refuse(Reason reason) {
		this.refused = true;
		add(reason);
	}

	private void leaveOut(String code, String field, String message) {
		add(new Reason(code, printable(field), message));
	}

	private void add(Reason reason) {
		if (this.reasons.size() < REASONS_MAX) {
			this.reasons.add(reason);
		}
	}

}
