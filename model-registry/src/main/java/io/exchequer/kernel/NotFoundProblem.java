package io.exchequer.kernel;

/**
 * What a command or a query names does not exist, or not for whoever asks. Nothing was
 * changed.
 */
public class NotFoundProblem extends RuntimeException {

	private final String code;

	/**
	 * Makes the exception.
	 * @param resource the kind of thing in the singular, in snake case:
	 * {@code price_card}
	 * @param name the name or identifier that was asked for
	 */
	public NotFoundProblem(String resource, String name) {
		super("There is no " + resource.replace('_', ' ') + " \"" + name + "\".");
		this.code = resource + "_not_found";
	}

	/** Returns the stable code for machines: {@code price_card_not_found}. */
	public String code() {
		return this.code;
	}

}
