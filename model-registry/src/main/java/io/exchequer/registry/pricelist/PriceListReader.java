package io.exchequer.registry.pricelist;

import java.io.CharConversionException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.PriceList;
import io.exchequer.registry.PriceListEntry;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a list entry by entry: however large it is, one entry's values and what was
 * understood of the others are in memory at once.
 */
public final class PriceListReader {

	private static final int NESTING_MAX = 500;

	private static final int TEXT_MAX = 1_000_000;

	private static final JsonMapper JSON = JsonMapper
		.builder(JsonFactory.builder()
			.streamReadConstraints(
					StreamReadConstraints.builder().maxNestingDepth(NESTING_MAX).maxStringLength(TEXT_MAX).build())
			.build())
		.build();

	private PriceListReader() {
	}

	/**
	 * Reads a list to its end.
	 * @return what was understood of each entry, in the list's order
	 * @throws ValidationProblem {@code too_large}, {@code too_many_entries} or
	 * {@code unreadable}
	 */
	public static List<PriceListEntry> read(InputStream list) {
		try (JsonParser parser = JSON.createParser(new Limited(list))) {
			if (parser.nextToken() != JsonToken.START_OBJECT) {
				throw unreadable(parser.currentTokenLocation(), "a list is an object with an entry for each model");
			}
			List<PriceListEntry> entries = entries(parser);
			if (parser.nextToken() != null) {
				throw unreadable(parser.currentTokenLocation(), "there is something after the list's end");
			}
			return entries;
		}
		catch (JacksonIOException ex) {
			if (ex.getCause() instanceof CharConversionException) {
				throw unreadable(null, "this is not UTF-8");
			}
			throw new UncheckedIOException(ex.getCause());
		}
		catch (JacksonException ex) {
			throw unreadable(ex.getLocation(), "this is not JSON, or nested too deeply");
		}
	}

	private static List<PriceListEntry> entries(JsonParser parser) {
		List<PriceListEntry> entries = new ArrayList<>();
		Map<String, Integer> places = new HashMap<>();
		while (parser.nextToken() != JsonToken.END_OBJECT) {
			if (entries.size() == PriceList.ENTRIES_MAX) {
				throw ValidationProblem.of("too_many_entries", "",
						"a list has at most " + PriceList.ENTRIES_MAX + " entries");
			}
			String name = parser.currentName();
			parser.nextToken();
			PriceListEntry entry = EntryReader.read(name, ValueReader.read(parser));
			Integer before = places.putIfAbsent(name, entries.size());
			if (before != null) {
				entry = EntryReader.repeated(name);
				entries.set(before, entry);
			}
			entries.add(entry);
		}
		return entries;
	}

	private static ValidationProblem unreadable(@Nullable TokenStreamLocation at, String message) {
		String place = (at != null) ? ", at line " + at.getLineNr() + ", column " + at.getColumnNr() : "";
		return ValidationProblem.of("unreadable", "", message + place);
	}

	/**
	 * Ends with a problem after as many bytes as a list may have. Its source stays open.
	 */
	private static final class Limited extends FilterInputStream {

		private long left = PriceList.BYTES_MAX;

		Limited(InputStream in) {
			super(in);
		}

		@Override
		public int read() throws IOException {
			int read = super.read();
			count((read >= 0) ? 1 : 0);
			return read;
		}

		@Override
		public int read(byte[] into, int offset, int length) throws IOException {
			int read = super.read(into, offset, length);
			count(Math.max(read, 0));
			return read;
		}

		@Override
		public void close() {
			// Whoever opened the source may want the rest of it.
		}

		private void count(int read) {
			this.left -= read;
			if (this.left < 0) {
				throw ValidationProblem.of("too_large", "", "a list has at most " + PriceList.BYTES_MAX + " bytes");
			}
		}

	}

}
