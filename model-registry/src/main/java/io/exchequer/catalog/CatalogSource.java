package io.exchequer.catalog;

import java.time.LocalDate;
import java.util.Objects;

/**
 * A document that figures of the catalogue are from.
 *
 * @param title what it is
 * @param url where it is
 * @param asOf the day its figures are of
 * @param basis which day that is
 */
public record CatalogSource(String title, String url, LocalDate asOf, Basis basis) {

	public CatalogSource {
		Objects.requireNonNull(title, "title");
		Objects.requireNonNull(url, "url");
		Objects.requireNonNull(asOf, "asOf");
		Objects.requireNonNull(basis, "basis");
	}

	/** Which day a source's figures are of. */
	public enum Basis {

		/** The date that the document bears itself. */
		DATED,
		/** The document bears none: the day it was read. */
		READ

	}

}
