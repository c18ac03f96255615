package io.exchequer.gateway;

import org.jspecify.annotations.Nullable;

import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.gateway.dialect.anthropic.AnthropicDialect;

/**
 * Tells by its address which dialect a request is in.
 */
final class Dialects {

	private static final String MESSAGES = "/messages";

	private Dialects() {
	}

	/**
	 * Returns a request's dialect, whether or not there is anything at its address.
	 * @param path the path below {@code /v1}, or null where it is not known
	 */
	static Dialect of(@Nullable String path) {
		boolean messages = path != null && (path.equals(MESSAGES) || path.startsWith(MESSAGES + "/"));
		return messages ? AnthropicDialect.INSTANCE : Dialect.OPENAI;
	}

}
