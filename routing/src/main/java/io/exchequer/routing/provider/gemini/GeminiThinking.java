package io.exchequer.routing.provider.gemini;

import java.util.Locale;

import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ReasoningWish;
import org.jspecify.annotations.Nullable;

/**
 * How a request's wish for reasoning is told to a model.
 *
 * @param show whether its thoughts are to be told, or null where nothing is said
 * @param budgetTokens the most tokens of thought, -1 for as many as the model sees fit,
 * or null where nothing is said
 * @param level {@code MINIMAL}, {@code LOW}, {@code MEDIUM} or {@code HIGH}, or null
 * where nothing is said
 */
record GeminiThinking(@Nullable Boolean show, @Nullable Integer budgetTokens, @Nullable String level) {

	private static final GeminiThinking UNSAID = new GeminiThinking(null, null, null);

	/** How much a model thinks that is told by a budget, by the efforts of the wire. */
	private static final int BUDGET_MINIMAL = 1_024;

	private static final int BUDGET_MEDIUM = 8_192;

	private static final int BUDGET_HIGH = 24_576;

	static GeminiThinking of(ChatRequest request) {
		ReasoningWish wish = request.reasoning();
		GeminiVersion version = GeminiVersion.of(request.model());
		if (wish == null || !version.thinks()) {
			return UNSAID;
		}
		if (isOff(wish)) {
			return version.canStopThinking() ? new GeminiThinking(null, 0, null) : UNSAID;
		}
		if (wish.budgetTokens() != null) {
			return new GeminiThinking(true, wish.budgetTokens(), null);
		}
		String effort = wish.effort();
		if (version.takesLevel()) {
			return new GeminiThinking(true, null, (effort != null) ? effort.toUpperCase(Locale.ROOT) : null);
		}
		return new GeminiThinking(true, budget(effort), null);
	}

	/** Returns whether a wish is for none. */
	static boolean isOff(ReasoningWish wish) {
		return Boolean.FALSE.equals(wish.enabled()) || wish.enabled() == null && "none".equals(wish.effort());
	}

	private static int budget(@Nullable String effort) {
		return switch ((effort != null) ? effort.toLowerCase(Locale.ROOT) : "") {
			case "minimal", "low" -> BUDGET_MINIMAL;
			case "medium" -> BUDGET_MEDIUM;
			case "high" -> BUDGET_HIGH;
			default -> -1;
		};
	}

	boolean isSaid() {
		return this.show != null || this.budgetTokens != null || this.level != null;
	}

}
