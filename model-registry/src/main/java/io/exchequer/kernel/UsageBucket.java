package io.exchequer.kernel;

/**
 * The disjoint buckets of usage: what is counted in one is counted in no other. Each says
 * what it {@link #measure() counts}, and with that what its price is for.
 */
public enum UsageBucket {

	/** Text input that no cache served or stored. */
	INPUT(Measure.INPUT_TOKENS),
	/** Input read from the provider's prompt cache. */
	CACHE_READ(Measure.INPUT_TOKENS),
	/** Input written to the provider's prompt cache for five minutes. */
	CACHE_WRITE_5M(Measure.INPUT_TOKENS),
	/** Input written to the provider's prompt cache for one hour. */
	CACHE_WRITE_1H(Measure.INPUT_TOKENS),
	/** Visible text output. */
	OUTPUT(Measure.OUTPUT_TOKENS),
	/** Output spent on reasoning, shown or not. */
	REASONING(Measure.OUTPUT_TOKENS),
	/** Audio input, as tokens. */
	AUDIO_INPUT(Measure.INPUT_TOKENS),
	/** Audio output, as tokens. */
	AUDIO_OUTPUT(Measure.OUTPUT_TOKENS),
	/** Image input, as tokens, where the provider reports it apart from text. */
	IMAGE_INPUT(Measure.INPUT_TOKENS),
	/** Image output, as tokens. */
	IMAGE_OUTPUT(Measure.OUTPUT_TOKENS),
	/** Requests made: one for each attempt that was served. */
	REQUEST(Measure.PIECES),
	/** Audio input read from the provider's prompt cache, as tokens. */
	AUDIO_CACHE_READ(Measure.INPUT_TOKENS),
	/** Audio input written to the provider's prompt cache, as tokens. */
	AUDIO_CACHE_WRITE(Measure.INPUT_TOKENS),
	/**
	 * Tokens of the sources that a searching model read, where they are counted apart.
	 */
	CITATION(Measure.INPUT_TOKENS),
	/** Video output, as tokens. */
	VIDEO_OUTPUT(Measure.OUTPUT_TOKENS),
	/** Characters read. */
	CHARACTERS_IN(Measure.CHARACTERS),
	/** Characters written. */
	CHARACTERS_OUT(Measure.CHARACTERS),
	/** Images read, where they are billed by the piece. */
	IMAGES_IN(Measure.PIECES),
	/** Images made, where they are billed by the piece. */
	IMAGES_OUT(Measure.PIECES),
	/** Pixels of images read. */
	PIXELS_IN(Measure.PIXELS),
	/** Pixels of images made. */
	PIXELS_OUT(Measure.PIXELS),
	/** Length of audio heard. */
	AUDIO_TIME_IN(Measure.MILLISECONDS),
	/** Length of audio spoken. */
	AUDIO_TIME_OUT(Measure.MILLISECONDS),
	/** Length of video seen. */
	VIDEO_TIME_IN(Measure.MILLISECONDS),
	/** Length of video made. */
	VIDEO_TIME_OUT(Measure.MILLISECONDS),
	/** Time that a machine worked, where that is what is billed. */
	COMPUTE_TIME(Measure.MILLISECONDS),
	/** Queries of a search or reranking model. */
	QUERIES(Measure.PIECES),
	/** Searches of the web by a model, with little context taken from each. */
	WEB_SEARCHES_LOW(Measure.PIECES),
	/** Searches of the web by a model, with the usual context taken from each. */
	WEB_SEARCHES_MEDIUM(Measure.PIECES),
	/** Searches of the web by a model, with much context taken from each. */
	WEB_SEARCHES_HIGH(Measure.PIECES),
	/** Searches of uploaded files by a model. */
	FILE_SEARCHES(Measure.PIECES),
	/** Sessions of a code interpreter. */
	CODE_SESSIONS(Measure.PIECES),
	/** Pages read by a model that reads documents. */
	PAGES(Measure.PIECES),
	/** Pages annotated by a model that reads documents, billed beside {@link #PAGES}. */
	ANNOTATED_PAGES(Measure.PIECES);

	private final Measure measure;

	UsageBucket(Measure measure) {
		this.measure = measure;
	}

	/** Returns what the bucket counts. */
	public Measure measure() {
		return this.measure;
	}

	/** What a bucket counts, and how many of it a price is for. */
	public enum Measure {

		/** Tokens of input, priced per million. */
		INPUT_TOKENS(6),
		/** Tokens of output, priced per million. */
		OUTPUT_TOKENS(6),
		/** Characters, priced per million. */
		CHARACTERS(6),
		/** Pixels, priced per million. */
		PIXELS(6),
		/** Milliseconds, priced per second: a second is too coarse to count. */
		MILLISECONDS(3),
		/** Whole things, priced each. */
		PIECES(0);

		private final int priceDigits;

		Measure(int priceDigits) {
			this.priceDigits = priceDigits;
		}

		/** Returns the power of ten of how many a price is for: 6 for a million. */
		public int priceDigits() {
			return this.priceDigits;
		}

		/** Returns whether this counts tokens, of input or of output. */
		public boolean isTokens() {
			return this == INPUT_TOKENS || this == OUTPUT_TOKENS;
		}

	}

}
