package io.exchequer.gateway.dialect.anthropic;

import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

import io.exchequer.routing.chat.ChatEvent;

/**
 * Why a message ended.
 *
 * @param name the Messages API's name for it
 * @param sequence the stop sequence that was met, or null
 */
record StopReason(String name, @Nullable String sequence) {

	private static final Set<String> OWN = Set.of("end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn",
			"refusal", "model_context_window_exceeded");

	/**
	 * Returns the reason of an answer that ended.
	 * @param finished what the provider said, or null where it did not
	 */
	static StopReason of(ChatEvent.@Nullable Finished finished, ContentBlocks blocks) {
		if (finished == null) {
			return new StopReason(blocks.hasCalls() ? "tool_use" : "end_turn", null);
		}
		String own = finished.nativeReason();
		if (own != null && OWN.contains(own)) {
			return new StopReason(own, own.equals("stop_sequence") ? finished.stopText() : null);
		}
		return switch (finished.reason()) {
			case LENGTH -> new StopReason("max_tokens", null);
			case TOOL_CALLS -> new StopReason("tool_use", null);
			case CONTENT_FILTER -> new StopReason("refusal", null);
			case STOP -> stopped(finished, blocks);
		};
	}

	/** Some servers say that they stopped where they call tools. */
	private static StopReason stopped(ChatEvent.Finished finished, ContentBlocks blocks) {
		if (blocks.isRefused()) {
			return new StopReason("refusal", null);
		}
		if (blocks.hasCalls()) {
			return new StopReason("tool_use", null);
		}
		return (finished.stopText() != null) ? new StopReason("stop_sequence", finished.stopText())
				: new StopReason("end_turn", null);
	}

	void write(JsonGenerator json) {
		json.writeStringProperty("stop_reason", this.name);
		if (this.sequence != null) {
			json.writeStringProperty("stop_sequence", this.sequence);
		}
		else {
			json.writeNullProperty("stop_sequence");
		}
	}

}
