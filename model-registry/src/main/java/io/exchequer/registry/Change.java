package io.exchequer.registry;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What a command did: enough to answer, to audit, and to say what an apply file changed.
 *
 * @param <T> what was changed
 * @param kind what was done
 * @param before the state before, or null where there was none
 * @param after the state after, or null where there is none any more
 */
public record Change<T>(Kind kind, @Nullable T before, @Nullable T after) {

	/** What a command can do. */
	public enum Kind {

		CREATED, UPDATED, UNCHANGED, DELETED

	}

	public static <T> Change<T> created(T after) {
		return new Change<>(Kind.CREATED, null, after);
	}

	/** Makes an update, which is no change at all where both states are equal. */
	public static <T> Change<T> updated(T before, T after) {
		return new Change<>(before.equals(after) ? Kind.UNCHANGED : Kind.UPDATED, before, after);
	}

	public static <T> Change<T> unchanged(T same) {
		return new Change<>(Kind.UNCHANGED, same, same);
	}

	public static <T> Change<T> deleted(T before) {
		return new Change<>(Kind.DELETED, before, null);
	}

	/** Returns whether anything is different now. */
	public boolean changed() {
		return this.kind != Kind.UNCHANGED;
	}

	/**
	 * Returns the state after a command that leaves one.
	 * @throws NullPointerException after a deletion
	 */
	public T now() {
		return Objects.requireNonNull(this.after, "nothing is left after a deletion");
	}

}
