package io.exchequer.gateway;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * The identifiers of files and batches as clients see them, and how their lists are
 * paged.
 */
final class StoredIds {

	static final String FILE = "file-";

	static final String BATCH = "batch_";

	private static final Pattern HEX = Pattern.compile("[0-9a-f]{32}");

	private static final int[] GROUPS = { 8, 12, 16, 20 };

	private StoredIds() {
	}

	static String text(String prefix, UUID id) {
		return prefix + id.toString().replace("-", "");
	}

	/** Reads an identifier; empty where it is none of that kind. */
	static Optional<UUID> parse(String prefix, String text) {
		if (!text.startsWith(prefix) || !HEX.matcher(text.substring(prefix.length())).matches()) {
			return Optional.empty();
		}
		StringBuilder id = new StringBuilder(text.substring(prefix.length()));
		for (int group = GROUPS.length - 1; group >= 0; group--) {
			id.insert(GROUPS[group], '-');
		}
		return Optional.of(UUID.fromString(id.toString()));
	}

	/**
	 * Returns where a page begins, or null for the first.
	 * @throws Rejection if it is no identifier of that kind
	 */
	static @Nullable UUID after(HttpServletRequest request, String prefix) throws Rejection {
		String after = request.getParameter("after");
		if (after == null || after.isEmpty()) {
			return null;
		}
		return parse(prefix, after).orElseThrow(() -> Rejection.invalid("invalid_value",
				"'after' must be the identifier of the last object of the page before.", "after"));
	}

	/**
	 * Returns how long a page may be.
	 * @throws Rejection if it is not 1 to the most
	 */
	static int limit(HttpServletRequest request, int usual, int most) throws Rejection {
		String limit = request.getParameter("limit");
		if (limit == null || limit.isEmpty()) {
			return usual;
		}
		try {
			int value = Integer.parseInt(limit);
			if (value >= 1 && value <= most) {
				return value;
			}
		}
		catch (NumberFormatException _) {
			// Told below.
		}
		throw Rejection.invalid("invalid_value", "'limit' must be 1 to " + most + ".", "limit");
	}

}
