package io.exchequer.gateway.dialect.responses;

import org.jspecify.annotations.Nullable;

/**
 * What a provider proves its reasoning with, as a reasoning item's
 * {@code encrypted_content}, which clients give back as it came: the signature of what
 * the item shows, reasoning that is shown to nobody, or the proof behind the tool call
 * that follows.
 */
sealed interface ReasoningProof {

	/** The proof of the text that the item shows. */
	record Signature(String signature) implements ReasoningProof {
	}

	/** Reasoning that is shown to nobody. */
	record Hidden(String data) implements ReasoningProof {
	}

	/** The proof of the reasoning behind a tool call. */
	record OfCall(String callId, String signature) implements ReasoningProof {
	}

	/** Returns it as {@code encrypted_content}. */
	default String content() {
		return switch (this) {
			case Signature proof -> "exchequer:signature:" + proof.signature();
			case Hidden proof -> "exchequer:hidden:" + proof.data();
			case OfCall proof -> "exchequer:call:" + proof.callId().length() + ':' + proof.callId() + proof.signature();
		};
	}

	/** Reads what {@link #content} wrote; null where it was somebody else. */
	static @Nullable ReasoningProof of(String content) {
		if (content.startsWith("exchequer:signature:")) {
			return new Signature(content.substring("exchequer:signature:".length()));
		}
		if (content.startsWith("exchequer:hidden:")) {
			return new Hidden(content.substring("exchequer:hidden:".length()));
		}
		return content.startsWith("exchequer:call:") ? call(content.substring("exchequer:call:".length())) : null;
	}

	private static @Nullable ReasoningProof call(String content) {
		int colon = content.indexOf(':');
		if (colon < 1 || colon > 5 || !content.substring(0, colon).chars().allMatch((c) -> c >= '0' && c <= '9')) {
			return null;
		}
		int end = colon + 1 + Integer.parseInt(content.substring(0, colon));
		return (end <= content.length()) ? new OfCall(content.substring(colon + 1, end), content.substring(end)) : null;
	}

}
