package io.exchequer.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A command that cannot be carried out as it stands, with everything that is wrong about
 * it at once. Nothing was changed.
 */
public class ValidationProblem extends RuntimeException {

	private final transient List<FieldProblem> problems;

	/**
	 * Makes the exception.
	 * @throws IllegalArgumentException if there is no problem
	 */
	public ValidationProblem(List<FieldProblem> problems) {
		super(problems.stream()
			.map((problem) -> problem.field() + ": " + problem.message())
			.collect(Collectors.joining("; ")));
		if (problems.isEmpty()) {
			throw new IllegalArgumentException("a validation problem needs at least one field");
		}
		this.problems = List.copyOf(problems);
	}

	/** Makes the exception for one field. */
	public static ValidationProblem of(String code, String field, String message) {
		return new ValidationProblem(List.of(new FieldProblem(code, field, message)));
	}

	/** Returns what is wrong, in the order it was found; never empty. */
	public List<FieldProblem> problems() {
		return this.problems;
	}

	/**
	 * One thing that is wrong.
	 *
	 * @param code stable, in snake case, for machines: {@code invalid_name}
	 * @param field where, as a path within the command: {@code tiers[0].prices.INPUT}
	 * @param message what is wrong and what would be right, for people; never a secret
	 */
	public record FieldProblem(String code, String field, String message) {
	}

	/**
	 * Gathers problems and throws them together. Not thread-safe.
	 */
	public static final class Collector {

		private final List<FieldProblem> found = new ArrayList<>();

		/** Adds a problem. */
		public Collector add(String code, String field, String message) {
			this.found.add(new FieldProblem(code, field, message));
			return this;
		}

		/** Adds a problem unless the condition holds. */
		public Collector require(boolean condition, String code, String field, String message) {
			return condition ? this : add(code, field, message);
		}

		/** Returns whether nothing was wrong so far. */
		public boolean isEmpty() {
			return this.found.isEmpty();
		}

		/**
		 * Throws what was gathered, if anything.
		 * @throws ValidationProblem if there is at least one problem
		 */
		public void throwIfAny() {
			if (!this.found.isEmpty()) {
				throw new ValidationProblem(this.found);
			}
		}

	}

}
