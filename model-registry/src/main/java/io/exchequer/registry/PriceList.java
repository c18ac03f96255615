package io.exchequer.registry;

import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.pricelist.PriceListReader;

/**
 * A community price list in LiteLLM's form, as far as it was understood.
 *
 * @param sha256 the SHA-256 of its bytes, in hexadecimal digits
 * @param entries what was understood of each entry, in the list's order
 */
public record PriceList(String sha256, List<PriceListEntry> entries) {

	/** The most bytes of a list. */
	public static final int BYTES_MAX = 16 * 1024 * 1024;

	/** The most entries of a list. */
	public static final int ENTRIES_MAX = 20_000;

	/** The list names no currency, and its form has this one. */
	public static final String CURRENCY = "USD";

	public PriceList {
		entries = List.copyOf(entries);
	}

	/**
	 * Reads a list, entry by entry, and closes nothing.
	 * @param json the list in UTF-8; read to its end, or to where it cannot be read
	 * @throws ValidationProblem {@code too_large}, {@code too_many_entries}, or
	 * {@code unreadable} with the place
	 * @throws UncheckedIOException if the stream fails
	 */
	public static PriceList read(InputStream json) {
		try {
			DigestInputStream digested = new DigestInputStream(json, MessageDigest.getInstance("SHA-256"));
			List<PriceListEntry> entries = PriceListReader.read(digested);
			return new PriceList(HexFormat.of().formatHex(digested.getMessageDigest().digest()), entries);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("every Java has SHA-256", ex);
		}
	}

}
