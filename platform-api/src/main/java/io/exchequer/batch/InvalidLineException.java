package io.exchequer.batch;

import org.jspecify.annotations.Nullable;

/**
 * A line of a batch's input is not a request of the batch. An expected outcome, carried
 * without a stack trace.
 */
final class InvalidLineException extends Exception {

	private final String code;

	private final @Nullable String param;

	InvalidLineException(String code, String message, @Nullable String param) {
		super(message, null, false, false);
		this.code = code;
		this.param = param;
	}

	LineError at(int line) {
		return new LineError(this.code, String.valueOf(getMessage()), this.param, line);
	}

}
