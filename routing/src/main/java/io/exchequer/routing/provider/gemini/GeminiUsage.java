package io.exchequer.routing.provider.gemini;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.google.genai.types.GenerateContentResponseUsageMetadata;
import com.google.genai.types.MediaModality;
import com.google.genai.types.ModalityTokenCount;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import org.jspecify.annotations.Nullable;

/**
 * Reads the counts of an answer. {@code promptTokenCount} includes what was read from the
 * cache, of every kind of content; {@code candidatesTokenCount} does not include the
 * thoughts. Every chunk of a stream has running totals, of which the last count.
 */
final class GeminiUsage {

	private GeminiUsage() {
	}

	/** Returns the usage, or null where it is not told whole or cannot be believed. */
	static @Nullable TokenUsage of(GenerateContentResponseUsageMetadata told) {
		long prompt = count(told.promptTokenCount(), -1);
		long cached = count(told.cachedContentTokenCount(), 0);
		long candidates = count(told.candidatesTokenCount(), 0);
		long thoughts = count(told.thoughtsTokenCount(), 0);
		long toolUse = count(told.toolUsePromptTokenCount(), 0);
		if (prompt < 0 || cached < 0 || candidates < 0 || thoughts < 0 || toolUse < 0 || cached > prompt) {
			return null;
		}
		long audioIn = uncached(told, MediaModality.Known.AUDIO);
		long imageIn = uncached(told, MediaModality.Known.IMAGE);
		long audioOut = of(told.candidatesTokensDetails(), MediaModality.Known.AUDIO);
		long imageOut = of(told.candidatesTokensDetails(), MediaModality.Known.IMAGE);
		// Where the parts are more than the whole, the whole counts.
		long fresh = prompt - cached;
		audioIn = within(audioIn, fresh);
		imageIn = within(imageIn, fresh - audioIn);
		audioOut = within(audioOut, candidates);
		imageOut = within(imageOut, candidates - audioOut);
		Map<UsageBucket, Long> counts = new EnumMap<>(UsageBucket.class);
		counts.put(UsageBucket.REQUEST, 1L);
		counts.put(UsageBucket.INPUT, fresh - audioIn - imageIn + toolUse);
		counts.put(UsageBucket.AUDIO_INPUT, audioIn);
		counts.put(UsageBucket.IMAGE_INPUT, imageIn);
		counts.put(UsageBucket.CACHE_READ, cached);
		counts.put(UsageBucket.OUTPUT, candidates - audioOut - imageOut);
		counts.put(UsageBucket.AUDIO_OUTPUT, audioOut);
		counts.put(UsageBucket.IMAGE_OUTPUT, imageOut);
		counts.put(UsageBucket.REASONING, thoughts);
		return TokenUsage.of(counts);
	}

	private static long count(Optional<Integer> count, long absent) {
		return count.map(Integer::longValue).orElse(absent);
	}

	private static long within(long part, long whole) {
		return Math.max(0, Math.min(part, whole));
	}

	private static long uncached(GenerateContentResponseUsageMetadata told, MediaModality.Known modality) {
		return of(told.promptTokensDetails(), modality) - of(told.cacheTokensDetails(), modality);
	}

	private static long of(Optional<List<ModalityTokenCount>> details, MediaModality.Known modality) {
		long sum = 0;
		for (ModalityTokenCount each : details.orElse(List.of())) {
			if (each.modality().isPresent() && each.modality().get().knownEnum() == modality) {
				sum += count(each.tokenCount(), 0);
			}
		}
		return sum;
	}

}
