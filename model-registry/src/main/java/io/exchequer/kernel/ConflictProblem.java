package io.exchequer.kernel;

/**
 * A command that is right in itself but does not go with what is there: a name taken, a
 * thing still in use. Nothing was changed.
 */
public class ConflictProblem extends RuntimeException {

	private final String code;

	/**
	 * Makes the exception.
	 * @param code stable, in snake case, for machines: {@code name_taken}
	 * @param message what is in the way and what would help, for people
	 */
	public ConflictProblem(String code, String message) {
		super(message);
		this.code = code;
	}

	/** Returns the stable code for machines. */
	public String code() {
		return this.code;
	}

}
