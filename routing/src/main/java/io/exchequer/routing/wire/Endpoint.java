package io.exchequer.routing.wire;

/** The AI endpoints, by their path below the base URL. */
public enum Endpoint {

	CHAT_COMPLETIONS("/chat/completions"), COMPLETIONS("/completions"), EMBEDDINGS("/embeddings"), RERANK("/rerank"),
	MODERATIONS("/moderations"), IMAGES_GENERATIONS("/images/generations"), AUDIO_SPEECH("/audio/speech");

	private final String path;

	Endpoint(String path) {
		this.path = path;
	}

	/** Returns the path below the base URL, with its leading slash. */
	public String path() {
		return this.path;
	}

	/** Returns whether a request limits how many tokens are written. */
	public boolean limitsOutput() {
		return switch (this) {
			case CHAT_COMPLETIONS, COMPLETIONS -> true;
			case EMBEDDINGS, RERANK, MODERATIONS, IMAGES_GENERATIONS, AUDIO_SPEECH -> false;
		};
	}

	/**
	 * Returns whether a card may bill its answers by something else than tokens: queries,
	 * images, characters.
	 */
	public boolean billsUnits() {
		return switch (this) {
			case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS -> false;
			case RERANK, MODERATIONS, IMAGES_GENERATIONS, AUDIO_SPEECH -> true;
		};
	}

}
