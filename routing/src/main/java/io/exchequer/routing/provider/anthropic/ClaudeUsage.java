package io.exchequer.routing.provider.anthropic;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

import com.anthropic.core.JsonField;
import com.anthropic.models.messages.CacheCreation;
import com.anthropic.models.messages.MessageDeltaUsage;
import com.anthropic.models.messages.OutputTokensDetails;
import com.anthropic.models.messages.Usage;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the counts of one answer. {@code input_tokens} counts neither what was read
 * from the cache nor what was written to it; {@code output_tokens} counts the thinking; a
 * stream's counts are running totals, of which the last counts. Used by one thread.
 */
final class ClaudeUsage {

	private long input = -1;

	private long cacheRead;

	private long cacheWrite;

	private long cacheWriteHour;

	private long output = -1;

	private long thinking;

	private boolean unbelievable;

	private @Nullable String tier;

	/** Takes a whole message's usage, or what a stream begins with. */
	void take(Usage usage, boolean whole) {
		this.input = count(usage._inputTokens(), this.input);
		this.cacheRead = count(usage._cacheReadInputTokens(), this.cacheRead);
		this.cacheWrite = count(usage._cacheCreationInputTokens(), this.cacheWrite);
		CacheCreation created = known(usage._cacheCreation());
		if (created != null) {
			this.cacheWriteHour = count(created._ephemeral1hInputTokens(), 0);
			long fiveMinutes = count(created._ephemeral5mInputTokens(), 0);
			this.cacheWrite = Math.max(this.cacheWrite, fiveMinutes + this.cacheWriteHour);
		}
		if (whole) {
			this.output = count(usage._outputTokens(), this.output);
			thinking(usage._outputTokensDetails());
		}
		Usage.ServiceTier told = known(usage._serviceTier());
		this.tier = (told != null) ? told.asString() : this.tier;
	}

	/** Takes a stream's running totals. */
	void take(MessageDeltaUsage usage) {
		this.input = count(usage._inputTokens(), this.input);
		this.cacheRead = count(usage._cacheReadInputTokens(), this.cacheRead);
		this.cacheWrite = count(usage._cacheCreationInputTokens(), this.cacheWrite);
		this.output = count(usage._outputTokens(), this.output);
		thinking(usage._outputTokensDetails());
	}

	private void thinking(JsonField<OutputTokensDetails> details) {
		OutputTokensDetails known = known(details);
		if (known != null) {
			this.thinking = count(known._thinkingTokens(), this.thinking);
		}
	}

	private long count(JsonField<Long> field, long before) {
		Long told = known(field);
		if (told == null) {
			this.unbelievable |= !field.isMissing() && !field.isNull();
			return before;
		}
		this.unbelievable |= told < 0 || told > TokenUsage.COUNT_MAX;
		return told;
	}

	private static <T> @Nullable T known(JsonField<T> field) {
		Optional<T> known = field.asKnown();
		return known.orElse(null);
	}

	/** Returns the usage, or null where it was not told whole or cannot be believed. */
	@Nullable TokenUsage usage() {
		if (this.unbelievable || this.input < 0 || this.output < 0) {
			return null;
		}
		long hour = Math.min(this.cacheWriteHour, this.cacheWrite);
		long reasoning = Math.min(this.thinking, this.output);
		Map<UsageBucket, Long> counts = new EnumMap<>(UsageBucket.class);
		counts.put(UsageBucket.REQUEST, 1L);
		counts.put(UsageBucket.INPUT, this.input);
		counts.put(UsageBucket.CACHE_READ, this.cacheRead);
		counts.put(UsageBucket.CACHE_WRITE_5M, this.cacheWrite - hour);
		counts.put(UsageBucket.CACHE_WRITE_1H, hour);
		counts.put(UsageBucket.OUTPUT, this.output - reasoning);
		counts.put(UsageBucket.REASONING, reasoning);
		return TokenUsage.of(counts);
	}

	/** Returns the tier by the wire's name, or null where none was told. */
	@Nullable String tier() {
		return "standard".equals(this.tier) ? "default" : this.tier;
	}

}
