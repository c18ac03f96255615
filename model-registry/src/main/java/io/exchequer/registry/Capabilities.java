package io.exchequer.registry;

import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What a model can do.
 *
 * @param input modalities it reads
 * @param output modalities it writes
 * @param tools whether it calls tools
 * @param structuredOutput whether it can be held to a JSON schema
 * @param fillInTheMiddle whether it completes between a prefix and a suffix
 * @param contextWindow tokens of input and output together, at least 1
 * @param maxOutput tokens of output at most, at least 1; embeddings models write none and
 * give 1
 * @param imageTokensMax the most tokens one input image can cost, or null where no bound
 * is known
 */
public record Capabilities(Set<Modality> input, Set<Modality> output, boolean tools, boolean structuredOutput,
		boolean fillInTheMiddle, int contextWindow, int maxOutput, @Nullable Integer imageTokensMax) {
}
