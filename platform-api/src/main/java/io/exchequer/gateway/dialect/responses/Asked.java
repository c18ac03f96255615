package io.exchequer.gateway.dialect.responses;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What of a request is told again in its answer.
 *
 * @param settings the members that an answer repeats, as they were in force
 * @param settingsBytes how large they are, 0 where that does not matter
 * @param logprobs whether log probabilities are told
 * @param store whether the answer is to be stored
 * @param items what was said so far, as items: what is stored, and empty where nothing is
 */
record Asked(ObjectNode settings, int settingsBytes, boolean logprobs, boolean store, ArrayNode items) {

	/** Asks for nothing. */
	static Asked nothing() {
		return new Asked(JsonNodeFactory.instance.objectNode(), 0, false, false, JsonNodeFactory.instance.arrayNode());
	}

}
