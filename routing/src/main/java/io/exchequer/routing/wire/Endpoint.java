package io.exchequer.routing.wire;

/** The AI endpoints, by their path below the base URL. */
public enum Endpoint {

	CHAT_COMPLETIONS("/chat/completions"), COMPLETIONS("/completions"), EMBEDDINGS("/embeddings");

	private final String path;

	Endpoint(String path) {
		this.path = path;
	}

	/** Returns the path below the base URL, with its leading slash. */
	public String path() {
		return this.path;
	}

}
