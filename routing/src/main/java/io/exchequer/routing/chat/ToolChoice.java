package io.exchequer.routing.chat;

/**
 * Which tools the model may call.
 */
public sealed interface ToolChoice {

	/** As it sees fit. */
	record Auto() implements ToolChoice {
	}

	/** None. */
	record None() implements ToolChoice {
	}

	/** At least one, whichever. */
	record Required() implements ToolChoice {
	}

	/** This one. */
	record Named(String name) implements ToolChoice {
	}

}
