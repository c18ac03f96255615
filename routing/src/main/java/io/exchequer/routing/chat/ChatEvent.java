package io.exchequer.routing.chat;

import io.exchequer.kernel.TokenUsage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What happens while an answer is made. A whole answer is the same events at once: a
 * stream reassembles to it. Choices are numbered from 0; deltas of several choices and of
 * several tool calls may interleave and are never merged.
 */
public sealed interface ChatEvent {

	/**
	 * The answer begins; always first.
	 *
	 * @param id the provider's identifier of the answer
	 * @param model the model that answers, by the provider's name
	 * @param createdSeconds when, in seconds of Unix time
	 */
	record Started(String id, String model, long createdSeconds) implements ChatEvent {
	}

	/** More of the answer's text. */
	record TextDelta(int choice, String text) implements ChatEvent {
	}

	/** More of the reasoning that is shown. */
	record ReasoningDelta(int choice, String text) implements ChatEvent {
	}

	/** The reasoning so far is a block, and this proves it. */
	record ReasoningSigned(int choice, String signature) implements ChatEvent {
	}

	/** A block of reasoning that is shown to nobody. */
	record ReasoningHidden(int choice, String data) implements ChatEvent {
	}

	/** More of a refusal. */
	record RefusalDelta(int choice, String text) implements ChatEvent {
	}

	/**
	 * The model begins to call a tool.
	 *
	 * @param index the call's number within its choice, from 0
	 * @param signature as {@link ToolCall#signature()}
	 */
	record ToolCallStarted(int choice, int index, String id, String name,
			@Nullable String signature) implements ChatEvent {
	}

	/** More of a tool call's arguments. */
	record ToolArgumentsDelta(int choice, int index, String text) implements ChatEvent {
	}

	/**
	 * Log probabilities of the tokens of the text so far.
	 *
	 * @param content OpenAI's array of tokens with their {@code logprob}
	 */
	record Logprobs(int choice, JsonNode content) implements ChatEvent {
	}

	/**
	 * Where a part of the answer comes from.
	 *
	 * @param annotation OpenAI's form where it fits ({@code url_citation}), else the
	 * provider's own
	 */
	record Annotation(int choice, JsonNode annotation) implements ChatEvent {
	}

	/**
	 * A choice ended.
	 *
	 * @param nativeReason the provider's own word, or null where it is the same
	 * @param stopText the stop text that ended it, or null where none did or the provider
	 * does not say
	 */
	record Finished(int choice, FinishReason reason, @Nullable String nativeReason,
			@Nullable String stopText) implements ChatEvent {
	}

	/**
	 * The answer failed: nothing comes after it. It is only read, from a stream that told
	 * its error; a provider fails by an exception.
	 *
	 * @param type OpenAI's error type, or an empty text
	 * @param code the error's code, or an empty text
	 * @param message what happened
	 */
	record Failed(String type, String code, String message) implements ChatEvent {
	}

	/**
	 * What was used; at most once, last.
	 *
	 * @param usage in disjoint buckets, or null where the provider does not say or says
	 * what cannot be
	 * @param serviceTier the tier the provider names, or null
	 */
	record Used(@Nullable TokenUsage usage, @Nullable String serviceTier) implements ChatEvent {
	}

}
