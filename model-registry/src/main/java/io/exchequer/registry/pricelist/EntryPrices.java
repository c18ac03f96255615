package io.exchequer.registry.pricelist;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.UsageBucket.Measure;
import io.exchequer.registry.PriceListEntry.Reason;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.pricelist.CostFields.CostField;
import io.exchequer.registry.pricelist.CostFields.Slot;
import org.jspecify.annotations.Nullable;

/**
 * The prices of an entry: gathered field by field, then laid out as the tiers of a card.
 * Some fields mean another thing for each use of a model; some tell one price twice.
 */
final class EntryPrices {

	private static final Set<String> MAKES_IMAGES = Set.of("image_generation", "image_edit");

	/** Uses that are billed by tokens, whatever else they are billed by. */
	private static final Set<String> SPEAKS_IN_TOKENS = Set.of("chat", "completion", "responses", "realtime", "");

	private static final int TIERS_MAX = 32;

	private final SortedMap<Slot, Map<String, BigDecimal>> found = new TreeMap<>();

	private final String mode;

	private final Consumer<Reason> refused;

	private final Consumer<String> noted;

	private boolean complete = true;

	/**
	 * Begins without a price.
	 * @param mode what the model is for
	 * @param refused told why the entry cannot be read
	 * @param noted told what a reader of the prices should know
	 */
	EntryPrices(String mode, Consumer<Reason> refused, Consumer<String> noted) {
		this.mode = mode;
		this.refused = refused;
		this.noted = noted;
	}

	/**
	 * Adds a price.
	 * @param field the field's whole name
	 * @param price in our unit
	 */
	void add(String field, CostField meaning, BigDecimal price) {
		BigDecimal before = this.found.computeIfAbsent(meaning.slot(), (slot) -> new TreeMap<>())
			.putIfAbsent(meaning.base(), price);
		if (before != null && before.compareTo(price) != 0) {
			contradiction(field);
		}
	}

	boolean isEmpty() {
		return this.found.isEmpty();
	}

	/** Returns whether the standard price of something is given. */
	boolean has(String base) {
		return this.found.getOrDefault(Slot.BASE, Map.of()).containsKey(base);
	}

	/** Returns whether what {@link #tiers} gave can be a card as it stands. */
	boolean isComplete() {
		return this.complete;
	}

	private void contradiction(String field) {
		this.refused.accept(new Reason("contradiction", field, "Two fields give different prices for the same thing."));
	}

	/** Lays the prices out; nothing can be added afterwards. */
	List<PriceTier> tiers() {
		if (this.found.size() > TIERS_MAX) {
			this.refused.accept(new Reason("too_many_tiers", "", "A card has at most " + TIERS_MAX + " tiers."));
			return List.of();
		}
		SortedMap<Slot, Map<UsageBucket, BigDecimal>> slots = new TreeMap<>();
		this.found.forEach((slot, prices) -> {
			Map<UsageBucket, BigDecimal> buckets = new SlotReader(prices).read();
			if (!buckets.isEmpty()) {
				slots.put(slot, buckets);
			}
		});
		writesOfAnHour(slots);
		Map<UsageBucket, BigDecimal> base = slots.computeIfAbsent(Slot.BASE,
				(slot) -> new EnumMap<>(UsageBucket.class));
		text(base, UsageBucket.INPUT);
		text(base, UsageBucket.OUTPUT);
		for (Slot slot : slots.keySet()) {
			if (!slots.containsKey(new Slot(slot.serviceTier(), 0))) {
				incomplete("The list has prices of " + slot.serviceTier() + " over " + slot.over()
						+ " input tokens, and none for fewer.");
			}
		}
		longerElsewhere(slots);
		List<PriceTier> tiers = new ArrayList<>();
		slots.forEach((slot, prices) -> {
			if (!prices.isEmpty()) {
				tiers.add(new PriceTier(slot.serviceTier(), slot.over(), prices));
			}
		});
		return tiers;
	}

	/** Who gives one price of writing to the cache gives it for however long it stays. */
	private static void writesOfAnHour(SortedMap<Slot, Map<UsageBucket, BigDecimal>> slots) {
		BigDecimal base = slots.getOrDefault(Slot.BASE, Map.of()).get(UsageBucket.CACHE_WRITE_1H);
		slots.values().forEach((prices) -> {
			BigDecimal write = prices.get(UsageBucket.CACHE_WRITE_5M);
			if (write != null) {
				prices.putIfAbsent(UsageBucket.CACHE_WRITE_1H, (base != null) ? base.max(write) : write);
			}
		});
	}

	/** Sees to a price of text, which a card needs. */
	private void text(Map<UsageBucket, BigDecimal> base, UsageBucket text) {
		if (base.containsKey(text)) {
			return;
		}
		BigDecimal dearest = null;
		for (Map.Entry<UsageBucket, BigDecimal> price : base.entrySet()) {
			if (price.getKey().measure() == text.measure() && !isOfACache(price.getKey())) {
				dearest = (dearest != null) ? dearest.max(price.getValue()) : price.getValue();
			}
		}
		String direction = (text.measure() == Measure.INPUT_TOKENS) ? "input" : "output";
		if (dearest != null) {
			base.put(text, dearest);
			this.noted.accept("The list has no price of text " + direction + ": it is charged as the dearest tokens of "
					+ direction + ".");
		}
		else if (SPEAKS_IN_TOKENS.contains(this.mode)) {
			incomplete("The list has no price of text " + direction + ", which would be free.");
		}
		else {
			base.put(text, BigDecimal.ZERO);
		}
	}

	private static boolean isOfACache(UsageBucket bucket) {
		return switch (bucket) {
			case CACHE_READ, AUDIO_CACHE_READ, CACHE_WRITE_5M, CACHE_WRITE_1H, AUDIO_CACHE_WRITE -> true;
			case INPUT, OUTPUT, REASONING, AUDIO_INPUT, AUDIO_OUTPUT, IMAGE_INPUT, IMAGE_OUTPUT, REQUEST, CITATION,
					VIDEO_OUTPUT, CHARACTERS_IN, CHARACTERS_OUT, IMAGES_IN, IMAGES_OUT, PIXELS_IN, PIXELS_OUT,
					AUDIO_TIME_IN, AUDIO_TIME_OUT, VIDEO_TIME_IN, VIDEO_TIME_OUT, COMPUTE_TIME, QUERIES,
					WEB_SEARCHES_LOW, WEB_SEARCHES_MEDIUM, WEB_SEARCHES_HIGH, FILE_SEARCHES, CODE_SESSIONS, PAGES,
					ANNOTATED_PAGES ->
				false;
		};
	}

	private void incomplete(String note) {
		this.complete = false;
		this.noted.accept(note);
	}

	/**
	 * A service tier that is silent on long requests, of which the default tier has a
	 * price, would charge them as short ones. Silence makes nothing cheap: they cost the
	 * dearer of that price and the default one.
	 */
	private void longerElsewhere(SortedMap<Slot, Map<UsageBucket, BigDecimal>> slots) {
		List<Slot> longer = slots.keySet()
			.stream()
			.filter((slot) -> slot.serviceTier().equals(PriceTier.DEFAULT) && slot.over() > 0)
			.toList();
		List<String> others = slots.keySet()
			.stream()
			.map(Slot::serviceTier)
			.filter((name) -> !name.equals(PriceTier.DEFAULT))
			.distinct()
			.toList();
		for (Slot standard : longer) {
			for (String serviceTier : others) {
				Slot slot = new Slot(serviceTier, standard.over());
				Map<UsageBucket, BigDecimal> shorter = below(slots, slot);
				if (!slots.containsKey(slot) && shorter != null) {
					Map<UsageBucket, BigDecimal> dearer = new EnumMap<>(shorter);
					slots.getOrDefault(standard, Map.of())
						.forEach((bucket, price) -> dearer.computeIfPresent(bucket, (same, own) -> own.max(price)));
					if (!dearer.equals(shorter)) {
						slots.put(slot, dearer);
						this.noted.accept("The list has no price of " + serviceTier + " over " + slot.over()
								+ " input tokens: the dearer of its price for fewer and the default one applies.");
					}
				}
			}
		}
	}

	/** Returns the prices of a service tier that apply below a threshold, or null. */
	private static @Nullable Map<UsageBucket, BigDecimal> below(SortedMap<Slot, Map<UsageBucket, BigDecimal>> slots,
			Slot slot) {
		Map<UsageBucket, BigDecimal> below = null;
		for (Map.Entry<Slot, Map<UsageBucket, BigDecimal>> other : slots.headMap(slot).entrySet()) {
			if (other.getKey().serviceTier().equals(slot.serviceTier())) {
				below = other.getValue();
			}
		}
		return below;
	}

	/** Reads the prices of one tier. */
	private final class SlotReader {

		private final Map<String, BigDecimal> prices;

		private final Map<UsageBucket, BigDecimal> buckets = new EnumMap<>(UsageBucket.class);

		SlotReader(Map<String, BigDecimal> prices) {
			this.prices = prices;
		}

		Map<UsageBucket, BigDecimal> read() {
			this.prices.forEach((field, price) -> {
				UsageBucket bucket = CostFields.bucket(field);
				if (bucket != null) {
					put(bucket, field, price);
				}
			});
			put(UsageBucket.CACHE_WRITE_5M, CostFields.CACHE_WRITE, this.prices.get(CostFields.CACHE_WRITE));
			seconds();
			if (MAKES_IMAGES.contains(EntryPrices.this.mode)) {
				imagesMade();
			}
			else {
				of(UsageBucket.IMAGES_IN, CostFields.INPUT_IMAGE);
				of(UsageBucket.IMAGES_OUT, CostFields.OUTPUT_IMAGE);
				of(UsageBucket.PIXELS_IN, CostFields.INPUT_PIXEL);
				of(UsageBucket.PIXELS_OUT, CostFields.OUTPUT_PIXEL);
			}
			return this.buckets;
		}

		private void of(UsageBucket bucket, String field) {
			put(bucket, field, this.prices.get(field));
		}

		private void put(UsageBucket bucket, String field, @Nullable BigDecimal price) {
			BigDecimal before = (price != null) ? this.buckets.putIfAbsent(bucket, price) : null;
			if (before != null && before.compareTo(price) != 0) {
				contradiction(field);
			}
		}

		/**
		 * A second of the call's own length: heard, spoken, made, or worked. What is
		 * given for input and for output is one price, given twice.
		 */
		private void seconds() {
			switch (EntryPrices.this.mode) {
				case "audio_transcription" ->
					once(UsageBucket.AUDIO_TIME_IN, CostFields.INPUT_SECOND, CostFields.OUTPUT_SECOND);
				case "audio_speech" ->
					once(UsageBucket.AUDIO_TIME_OUT, CostFields.INPUT_SECOND, CostFields.OUTPUT_SECOND);
				case "video_generation" ->
					once(UsageBucket.VIDEO_TIME_OUT, CostFields.INPUT_SECOND, CostFields.OUTPUT_SECOND);
				default -> once(UsageBucket.COMPUTE_TIME, CostFields.INPUT_SECOND, CostFields.OUTPUT_SECOND);
			}
		}

		/**
		 * For a model that makes images, a price of input is that of the image made,
		 * unless there is one of output beside it.
		 */
		private void imagesMade() {
			if (this.prices.containsKey(CostFields.OUTPUT_IMAGE)) {
				of(UsageBucket.IMAGES_IN, CostFields.INPUT_IMAGE);
				of(UsageBucket.IMAGES_OUT, CostFields.OUTPUT_IMAGE);
			}
			else {
				of(UsageBucket.IMAGES_OUT, CostFields.INPUT_IMAGE);
			}
			if (!this.buckets.containsKey(UsageBucket.IMAGES_OUT)) {
				once(UsageBucket.PIXELS_OUT, CostFields.INPUT_PIXEL, CostFields.OUTPUT_PIXEL);
			}
			else if (this.prices.containsKey(CostFields.INPUT_PIXEL)
					|| this.prices.containsKey(CostFields.OUTPUT_PIXEL)) {
				EntryPrices.this.noted
					.accept("The list prices an image by the piece and by its pixels:" + " the piece is taken.");
			}
		}

		/** A price given by one of two fields, or the same by both; 0 says nothing. */
		private void once(UsageBucket bucket, String one, String other) {
			BigDecimal first = this.prices.get(one);
			BigDecimal second = this.prices.get(other);
			if (first != null && second != null && first.signum() != 0 && second.signum() != 0) {
				put(bucket, one, first);
				put(bucket, other, second);
			}
			else if (first != null && second != null) {
				put(bucket, one, first.max(second));
			}
			else {
				put(bucket, one, (first != null) ? first : second);
			}
		}

	}

}
