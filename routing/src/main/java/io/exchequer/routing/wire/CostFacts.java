package io.exchequer.routing.wire;

import org.jspecify.annotations.Nullable;

/**
 * What a request's body says about the most it can cost.
 *
 * @param bodyBytes the whole body
 * @param messages how many messages, embedding inputs or prompts it has
 * @param renderedBytes the most bytes that servers may write for what they render anew:
 * tools, calls of them and their results, schemas, documents
 * @param choices how many answers are made: {@code n}, or a greater {@code best_of}
 * @param images how many images it carries
 * @param inlineImageBytes the bytes of those that are data URLs
 * @param imagesByUrl the first member that holds an image of unknown size, to be fetched
 * by the provider, or null
 * @param audio whether it carries audio
 * @param predictionBytes the bytes of {@code prediction}, of which what the model rejects
 * is billed as output, or of prompts that the answer repeats
 * @param bytesBound whether its bytes bound its input tokens; else only the context
 * window does
 * @param unbounded the first member whose cost nothing bounds, or null
 */
public record CostFacts(int bodyBytes, int messages, long renderedBytes, int choices, int images, int inlineImageBytes,
		@Nullable String imagesByUrl, boolean audio, int predictionBytes, boolean bytesBound,
		WorstCase.@Nullable Unbounded unbounded) {
}
