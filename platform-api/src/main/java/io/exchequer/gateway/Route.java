package io.exchequer.gateway;

/**
 * The kinds of request the gateway knows.
 */
enum Route {

	CHAT_COMPLETIONS("chat_completions", "POST"), EMBEDDINGS("embeddings", "POST"), RERANK("rerank", "POST"),
	MODERATIONS("moderations", "POST"), IMAGES_GENERATIONS("images_generations", "POST"),
	AUDIO_SPEECH("audio_speech", "POST"), MODELS("models", "GET"), MODEL("model", "GET"), REQUEST("request", "GET"),
	UNKNOWN("unknown", "");

	static final String MODEL_PREFIX = "/models/";

	static final String REQUEST_PREFIX = "/requests/";

	private final String label;

	private final String method;

	Route(String label, String method) {
		this.label = label;
		this.method = method;
	}

	/**
	 * Returns the route of a path.
	 * @param path the path below {@code /v1}, or an empty text
	 */
	static Route of(String path) {
		return switch (path) {
			case "/chat/completions" -> CHAT_COMPLETIONS;
			case "/embeddings" -> EMBEDDINGS;
			case "/rerank" -> RERANK;
			case "/moderations" -> MODERATIONS;
			case "/images/generations" -> IMAGES_GENERATIONS;
			case "/audio/speech" -> AUDIO_SPEECH;
			case "/models", MODEL_PREFIX -> MODELS;
			default -> {
				if (path.startsWith(MODEL_PREFIX)) {
					yield MODEL;
				}
				yield path.startsWith(REQUEST_PREFIX) ? REQUEST : UNKNOWN;
			}
		};
	}

	/** Returns its name on the metrics. */
	String label() {
		return this.label;
	}

	/** Returns the one method it serves; {@code GET} serves {@code HEAD} too. */
	String method() {
		return this.method;
	}

	boolean serves(String requestMethod) {
		return this.method.equals(requestMethod) || (this.method.equals("GET") && requestMethod.equals("HEAD"));
	}

	/** Returns the value of the header {@code Allow}. */
	String allow() {
		return this.method.equals("GET") ? "GET, HEAD, OPTIONS" : this.method + ", OPTIONS";
	}

}
