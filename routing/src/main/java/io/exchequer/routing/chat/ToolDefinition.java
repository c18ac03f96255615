package io.exchequer.routing.chat;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A function that the model may call.
 *
 * @param name the function's name
 * @param description what it does, or null
 * @param parameters the JSON schema of its arguments, or null where it takes none
 * @param strict whether the arguments must follow the schema, or null where the client
 * does not say
 * @param cacheMark whether the provider is asked to cache the prompt up to here, or null
 */
public record ToolDefinition(String name, @Nullable String description, @Nullable JsonNode parameters,
		@Nullable Boolean strict, @Nullable CacheMark cacheMark) {
}
