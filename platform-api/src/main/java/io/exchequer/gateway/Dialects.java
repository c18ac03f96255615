package io.exchequer.gateway;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.gateway.dialect.anthropic.AnthropicDialect;
import io.exchequer.gateway.dialect.responses.ResponsesDialect;

/**
 * Tells which dialect a request is in: by its address, or by what its client sends.
 */
final class Dialects {

	private static final String MESSAGES = "/messages";

	private static final String MODELS = "/models";

	/** Anthropic's clients send it with every request, and nobody else does. */
	private static final String ANTHROPIC_VERSION = "anthropic-version";

	private static final String RESPONSES = "/responses";

	private Dialects() {
	}

	/** Returns a request's dialect; models are listed to each client in its own. */
	static Dialect of(String path, HttpServletRequest request) {
		boolean models = isAt(MODELS, path);
		return (models && request.getHeader(ANTHROPIC_VERSION) != null) ? AnthropicDialect.INSTANCE : of(path);
	}

	/**
	 * Returns a request's dialect, whether or not there is anything at its address.
	 * @param path the path below {@code /v1}, or null where it is not known
	 */
	static Dialect of(@Nullable String path) {
		if (path == null) {
			return Dialect.OPENAI;
		}
		if (isAt(MESSAGES, path)) {
			return AnthropicDialect.INSTANCE;
		}
		return isAt(RESPONSES, path) ? ResponsesDialect.INSTANCE : Dialect.OPENAI;
	}

	private static boolean isAt(String address, String path) {
		return path.startsWith(address) && (path.length() == address.length() || path.charAt(address.length()) == '/');
	}

}
