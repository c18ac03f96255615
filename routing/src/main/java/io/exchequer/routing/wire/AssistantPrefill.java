package io.exchequer.routing.wire;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

import io.exchequer.registry.Deployment;

/**
 * How a deployment is told to go on with an answer that another began: it gets the
 * conversation with the beginning as an assistant's message at its end, and answers only
 * what follows. Whoever registers the deployment must say so; nothing is guessed from its
 * host.
 */
public enum AssistantPrefill {

	/** It cannot, or nobody said that it can. */
	NONE("none", "", ""),
	/** The message at the end is enough, as for llama.cpp's server. */
	MESSAGE("message", "", ""),
	/** The message says so itself, as for Mistral and DeepSeek. */
	PREFIX("prefix", ",\"prefix\":true", ""),
	/** The request says so, as for vLLM and SGLang. */
	CONTINUE_FINAL_MESSAGE("continue-final-message", "",
			"\"add_generation_prompt\":false,\"continue_final_message\":true,");

	/** The deployment's option, or its provider's setting, that says how. */
	public static final String OPTION = "assistantPrefill";

	private final String text;

	private final String messageMembers;

	private final String requestMembers;

	AssistantPrefill(String text, String messageMembers, String requestMembers) {
		this.text = text;
		this.messageMembers = messageMembers;
		this.requestMembers = requestMembers;
	}

	/**
	 * Checks options or settings that say how.
	 * @throws IllegalArgumentException if they name no way there is
	 */
	public static void check(Map<String, String> options) {
		String option = options.get(OPTION);
		if (option != null && Arrays.stream(values()).noneMatch((prefill) -> prefill.text.equals(option))) {
			throw new IllegalArgumentException(OPTION + " must be one of "
					+ Arrays.stream(values()).map((prefill) -> prefill.text).collect(Collectors.joining(", ")));
		}
	}

	/**
	 * Returns what a deployment's own option says, else its provider's setting; none
	 * where neither is there.
	 */
	public static AssistantPrefill of(Deployment deployment) {
		String option = WireDialect.option(deployment, OPTION);
		if (option != null) {
			for (AssistantPrefill prefill : values()) {
				if (prefill.text.equals(option)) {
					return prefill;
				}
			}
		}
		return NONE;
	}

	/** Returns the members to add behind the message's content. */
	String messageMembers() {
		return this.messageMembers;
	}

	/** Returns the members to add before the request's others. */
	String requestMembers() {
		return this.requestMembers;
	}

}
