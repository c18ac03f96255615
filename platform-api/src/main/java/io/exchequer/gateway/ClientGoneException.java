package io.exchequer.gateway;

import java.io.IOException;

/**
 * The client went away while it was being answered. An expected outcome, carried without
 * a stack trace.
 */
final class ClientGoneException extends IOException {

	ClientGoneException() {
		super("the client is gone");
	}

	@Override
	public synchronized Throwable fillInStackTrace() {
		return this;
	}

}
