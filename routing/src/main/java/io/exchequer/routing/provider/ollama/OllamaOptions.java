package io.exchequer.routing.provider.ollama;

import java.util.Map;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an administrator sets for a deployment.
 *
 * @param keepAlive how long the model stays in memory behind a call: seconds, or a
 * duration such as {@code 10m}; negative for ever, null for the server's own
 * @param numCtx the context window that the model is loaded with, in tokens, or null for
 * the server's own
 */
record OllamaOptions(@Nullable String keepAlive, @Nullable Integer numCtx) {

	static final String KEEP_ALIVE = "keepAlive";

	static final String NUM_CTX = "numCtx";

	private static final Pattern SECONDS = Pattern.compile("-?[0-9]{1,9}");

	private static final Pattern DURATION = Pattern.compile("-?([0-9]{1,9}(ms|s|m|h)){1,4}");

	private static final Pattern TOKENS = Pattern.compile("[1-9][0-9]{0,7}");

	/**
	 * Reads a deployment's options.
	 * @throws IllegalArgumentException if one is not usable, saying why
	 */
	static OllamaOptions of(Map<String, String> options) {
		String keepAlive = options.get(KEEP_ALIVE);
		if (keepAlive != null && !SECONDS.matcher(keepAlive).matches() && !DURATION.matcher(keepAlive).matches()) {
			throw new IllegalArgumentException(
					KEEP_ALIVE + " must be seconds or a duration such as 10m or 1h30m; negative for ever");
		}
		String numCtx = options.get(NUM_CTX);
		if (numCtx != null && !TOKENS.matcher(numCtx).matches()) {
			throw new IllegalArgumentException(NUM_CTX + " must be from 1 to 99999999 tokens");
		}
		return new OllamaOptions(keepAlive, (numCtx != null) ? Integer.valueOf(numCtx) : null);
	}

	/** Writes how long the model stays in memory, which numbers and texts may say. */
	void writeKeepAlive(ObjectNode body) {
		if (this.keepAlive == null) {
			return;
		}
		if (SECONDS.matcher(this.keepAlive).matches()) {
			body.put("keep_alive", Integer.parseInt(this.keepAlive));
		}
		else {
			body.put("keep_alive", this.keepAlive);
		}
	}

}
