package io.exchequer.admin;

import java.util.List;
import java.util.UUID;
import java.util.function.Function;

import io.exchequer.kernel.ValidationProblem;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list.
 *
 * @param <T> what is listed
 * @param items the items
 * @param nextCursor what to ask for the next part with, or null at the end
 */
record Page<T>(List<T> items, @Nullable String nextCursor) {

	private static final int LIMIT_DEFAULT = 50;

	private static final int LIMIT_MAX = 500;

	/** Makes a page of everything there is. */
	static <T> Page<T> whole(List<T> items) {
		return new Page<>(items, null);
	}

	/** Returns how many items were asked for. */
	static int limit(@Nullable Integer asked) {
		int limit = (asked != null) ? asked : LIMIT_DEFAULT;
		if (limit < 1 || limit > LIMIT_MAX) {
			throw ValidationProblem.of("invalid_limit", "limit", "must be from 1 to " + LIMIT_MAX);
		}
		return limit;
	}

	/** Returns the identifier after which to begin. */
	static UUID after(@Nullable String cursor) {
		if (cursor == null) {
			return new UUID(0, 0);
		}
		try {
			return UUID.fromString(cursor);
		}
		catch (IllegalArgumentException ex) {
			throw ValidationProblem.of("invalid_cursor", "cursor", "must be a nextCursor from an earlier answer");
		}
	}

	/**
	 * Makes a page from one item more than was asked for, where there is one.
	 * @param found at most {@code limit + 1} items
	 */
	static <T> Page<T> of(List<T> found, int limit, Function<T, UUID> id) {
		if (found.size() <= limit) {
			return new Page<>(found, null);
		}
		List<T> items = found.subList(0, limit);
		return new Page<>(items, id.apply(items.getLast()).toString());
	}

	<R> Page<R> map(Function<T, R> mapping) {
		return new Page<>(this.items.stream().map(mapping).toList(), this.nextCursor);
	}

}
