package io.exchequer.kernel;

/**
 * The disjoint buckets of usage: what is counted in one is counted in no other. All but
 * {@link #REQUEST} count tokens.
 */
public enum UsageBucket {

	/** Text input that no cache served or stored. */
	INPUT,
	/** Input read from the provider's prompt cache. */
	CACHE_READ,
	/** Input written to the provider's prompt cache for five minutes. */
	CACHE_WRITE_5M,
	/** Input written to the provider's prompt cache for one hour. */
	CACHE_WRITE_1H,
	/** Visible text output. */
	OUTPUT,
	/** Output spent on reasoning, shown or not. */
	REASONING,
	/** Audio input. */
	AUDIO_INPUT,
	/** Audio output. */
	AUDIO_OUTPUT,
	/** Image input, where the provider reports it apart from text. */
	IMAGE_INPUT,
	/** Image output. */
	IMAGE_OUTPUT,
	/** Requests made: one for each attempt that was served. */
	REQUEST

}
