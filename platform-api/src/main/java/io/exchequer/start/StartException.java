package io.exchequer.start;

/**
 * The platform cannot start. Told as one message and one thing to do, without a stack
 * trace.
 */
public class StartException extends RuntimeException {

	private final String action;

	/**
	 * Says why the platform cannot start.
	 * @param message what is wrong, with the value that is
	 * @param action what the operator can do about it
	 */
	public StartException(String message, String action) {
		super(message);
		this.action = action;
	}

	public StartException(String message, String action, Throwable cause) {
		super(message, cause);
		this.action = action;
	}

	/** Returns what the operator can do about it. */
	public String action() {
		return this.action;
	}

}
