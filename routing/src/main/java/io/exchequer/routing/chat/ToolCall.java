package io.exchequer.routing.chat;

import org.jspecify.annotations.Nullable;

/**
 * A call of a tool that the model asked for.
 *
 * @param id the call's identifier, which its result names
 * @param name the tool's name
 * @param arguments as the model wrote them: a JSON object in most cases, but what it
 * wrote in any, and perhaps an empty text
 * @param signature the provider's proof of the reasoning that led to the call (Gemini's
 * thought signature), to be given back as it came, or null
 */
public record ToolCall(String id, String name, String arguments, @Nullable String signature) {
}
