package io.exchequer.routing.wire;

import org.jspecify.annotations.Nullable;

/**
 * What a request's body says about the most it can cost.
 *
 * @param bodyBytes the whole body
 * @param messages how many messages, or embedding inputs, it has
 * @param toolBytes the bytes of its tool definitions; servers render them again, with
 * other white space
 * @param images how many images it carries
 * @param inlineImageBytes the bytes of those that are data URLs
 * @param imagesByUrl how many are fetched by the provider, of unknown size
 * @param audioBytes the bytes of its audio input
 * @param predictionBytes the bytes of {@code prediction}; what the model rejects of it is
 * billed as output
 * @param audioOutput whether it asks for audio
 * @param unbounded the first member whose cost nothing bounds, or null
 */
public record CostFacts(int bodyBytes, int messages, int toolBytes, int images, int inlineImageBytes, int imagesByUrl,
		int audioBytes, int predictionBytes, boolean audioOutput, WorstCase.@Nullable Unbounded unbounded) {
}
