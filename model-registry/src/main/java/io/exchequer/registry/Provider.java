package io.exchequer.registry;

import java.util.Map;
import java.util.UUID;

/**
 * A vendor or a local runtime.
 *
 * @param id its identifier
 * @param name its unique name
 * @param kind which implementation speaks to it: {@code openai} (any server with OpenAI's
 * wire format), {@code azure-openai}, {@code anthropic}, {@code demo} (the built-in
 * simulator), {@code minilm} (the embedding model in the process) or another that {@code
 * docs/providers.md} lists
 * @param baseUrl where it is, such as {@code https://api.openai.com/v1}; empty for the
 * kinds inside the process, and for the vendor's own address where the kind knows it
 * @param settings further settings of the kind, such as {@code api-version}
 */
public record Provider(UUID id, String name, String kind, String baseUrl, Map<String, String> settings) {
}
