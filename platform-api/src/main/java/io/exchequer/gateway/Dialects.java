package io.exchequer.gateway;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.gateway.dialect.anthropic.AnthropicDialect;

/**
 * Tells which dialect a request is in: by its address, or by what its client sends.
 */
final class Dialects {

	private static final String MESSAGES = "/messages";

	private static final String MODELS = "/models";

	/** Anthropic's clients send it with every request, and nobody else does. */
	private static final String ANTHROPIC_VERSION = "anthropic-version";

	private Dialects() {
	}

	/** Returns a request's dialect; models are listed to each client in its own. */
	static Dialect of(String path, HttpServletRequest request) {
		boolean models = path.equals(MODELS) || path.startsWith(MODELS + "/");
		return (models && request.getHeader(ANTHROPIC_VERSION) != null) ? AnthropicDialect.INSTANCE : of(path);
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
