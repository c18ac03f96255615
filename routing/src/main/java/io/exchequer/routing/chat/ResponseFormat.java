package io.exchequer.routing.chat;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What an answer is held to.
 */
public sealed interface ResponseFormat {

	/** Nothing. */
	record Text() implements ResponseFormat {
	}

	/** Any JSON object. */
	record JsonObject() implements ResponseFormat {
	}

	/**
	 * A JSON schema.
	 *
	 * @param name the schema's name
	 * @param description what it is for, or null
	 * @param strict whether the answer must follow it, or null where the client does not
	 * say
	 */
	record JsonSchema(String name, @Nullable String description, JsonNode schema,
			@Nullable Boolean strict) implements ResponseFormat {
	}

}
