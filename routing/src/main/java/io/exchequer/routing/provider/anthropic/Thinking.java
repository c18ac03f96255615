package io.exchequer.routing.provider.anthropic;

import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ReasoningWish;
import org.jspecify.annotations.Nullable;

/**
 * How a request's wish for reasoning is told to a model.
 *
 * @param mode on, off or unsaid
 * @param budgetTokens the budget, with {@link Mode#BUDGET}, else 0
 * @param effort the effort, or null where none is told
 */
record Thinking(Mode mode, int budgetTokens, @Nullable String effort) {

	/** The least budget that the API takes. */
	static final int BUDGET_MIN = 1024;

	private static final Thinking UNSAID = new Thinking(Mode.UNSAID, 0, null);

	static Thinking of(ChatRequest request) {
		ReasoningWish wish = request.reasoning();
		if (wish == null) {
			return UNSAID;
		}
		ClaudeVersion version = ClaudeVersion.of(request.model());
		if (Boolean.FALSE.equals(wish.enabled())) {
			return new Thinking(Mode.DISABLED, 0, null);
		}
		String effort = effort(wish.effort());
		Integer budget = wish.budgetTokens();
		if (budget != null && version.takesBudget()) {
			return budgeted(budget, request.maxOutput(), version.thinksAdaptively() ? effort : null);
		}
		if (version.thinksAdaptively()) {
			boolean on = wish.enabled() != null || budget != null || effort != null && !isNone(wish.effort());
			return new Thinking(on ? Mode.ADAPTIVE : Mode.UNSAID, 0, effort);
		}
		if (isNone(wish.effort()) || effort == null && wish.enabled() == null) {
			return UNSAID;
		}
		return budgeted(usualBudget(effort), request.maxOutput(), null);
	}

	/**
	 * The budget is within the output limit, which may have been lowered; where it leaves
	 * no room for one, the model answers without.
	 */
	private static Thinking budgeted(int budget, @Nullable Integer maxOutput, @Nullable String effort) {
		int most = (maxOutput != null) ? maxOutput - 1 : budget;
		int fits = Math.min(Math.max(budget, BUDGET_MIN), most);
		return (fits >= BUDGET_MIN) ? new Thinking(Mode.BUDGET, fits, effort) : UNSAID;
	}

	private static int usualBudget(@Nullable String effort) {
		return switch ((effort != null) ? effort : "medium") {
			case "low" -> 2048;
			case "medium" -> 8192;
			default -> 24_576;
		};
	}

	private static boolean isNone(@Nullable String effort) {
		return "none".equals(effort) || "minimal".equals(effort);
	}

	private static @Nullable String effort(@Nullable String asked) {
		return isNone(asked) ? "low" : asked;
	}

	boolean isOn() {
		return this.mode == Mode.ADAPTIVE || this.mode == Mode.BUDGET;
	}

	/** On, off, or what the model usually does. */
	enum Mode {

		/** Nothing is said. */
		UNSAID,
		/** It shall not think. */
		DISABLED,
		/** It thinks as it sees fit. */
		ADAPTIVE,
		/** It thinks within a budget. */
		BUDGET

	}

}
