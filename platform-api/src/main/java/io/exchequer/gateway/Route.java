package io.exchequer.gateway;

import java.util.List;

/**
 * The kinds of request the gateway knows.
 */
enum Route {

	CHAT_COMPLETIONS("chat_completions", "POST"), COMPLETIONS("completions", "POST"), EMBEDDINGS("embeddings", "POST"),
	RERANK("rerank", "POST"), MODERATIONS("moderations", "POST"), IMAGES_GENERATIONS("images_generations", "POST"),
	AUDIO_SPEECH("audio_speech", "POST"), MESSAGES("messages", "POST"), MESSAGE_TOKENS("message_tokens", "POST"),
	RESPONSES("responses", "POST"), RESPONSE("response", "GET", "DELETE"), MODELS("models", "GET"),
	MODEL("model", "GET"), REQUEST("request", "GET"), FILES("files", "GET", "POST"), FILE("file", "GET", "DELETE"),
	FILE_CONTENT("file_content", "GET"), BATCHES("batches", "GET", "POST"), BATCH("batch", "GET"),
	BATCH_CANCEL("batch_cancel", "POST"), UNKNOWN("unknown");

	static final String MODEL_PREFIX = "/models/";

	static final String RESPONSE_PREFIX = "/responses/";

	static final String REQUEST_PREFIX = "/requests/";

	static final String FILE_PREFIX = "/files/";

	static final String FILE_CONTENT_SUFFIX = "/content";

	static final String BATCH_PREFIX = "/batches/";

	static final String BATCH_CANCEL_SUFFIX = "/cancel";

	private final String label;

	private final List<String> methods;

	Route(String label, String... methods) {
		this.label = label;
		this.methods = List.of(methods);
	}

	/**
	 * Returns the route of a path.
	 * @param path the path below {@code /v1}, or an empty text
	 */
	static Route of(String path) {
		return switch (path) {
			case "/chat/completions" -> CHAT_COMPLETIONS;
			case "/completions" -> COMPLETIONS;
			case "/embeddings" -> EMBEDDINGS;
			case "/messages" -> MESSAGES;
			case "/messages/count_tokens" -> MESSAGE_TOKENS;
			case "/responses" -> RESPONSES;
			case "/rerank" -> RERANK;
			case "/moderations" -> MODERATIONS;
			case "/images/generations" -> IMAGES_GENERATIONS;
			case "/audio/speech" -> AUDIO_SPEECH;
			case "/models", MODEL_PREFIX -> MODELS;
			case "/files" -> FILES;
			case "/batches" -> BATCHES;
			default -> {
				if (path.startsWith(MODEL_PREFIX)) {
					yield MODEL;
				}
				if (path.startsWith(RESPONSE_PREFIX)) {
					yield (path.indexOf('/', RESPONSE_PREFIX.length()) < 0) ? RESPONSE : UNKNOWN;
				}
				if (path.startsWith(FILE_PREFIX)) {
					yield path.endsWith(FILE_CONTENT_SUFFIX) ? FILE_CONTENT : FILE;
				}
				if (path.startsWith(BATCH_PREFIX)) {
					yield path.endsWith(BATCH_CANCEL_SUFFIX) ? BATCH_CANCEL : BATCH;
				}
				yield path.startsWith(REQUEST_PREFIX) ? REQUEST : UNKNOWN;
			}
		};
	}

	/** Returns its name on the metrics. */
	String label() {
		return this.label;
	}

	/** Returns the methods it serves, in words; {@code GET} serves {@code HEAD} too. */
	String methods() {
		return String.join(" or ", this.methods);
	}

	boolean serves(String requestMethod) {
		return this.methods.contains(requestMethod.equals("HEAD") ? "GET" : requestMethod);
	}

	/** Returns the value of the header {@code Allow}. */
	String allow() {
		StringBuilder allowed = new StringBuilder();
		for (String method : this.methods) {
			allowed.append(method.equals("GET") ? "GET, HEAD, " : method + ", ");
		}
		return allowed.append("OPTIONS").toString();
	}

}
