package io.exchequer.gateway;

/**
 * The kinds of request the gateway knows.
 */
enum Route {

	CHAT_COMPLETIONS("chat_completions", "POST"), COMPLETIONS("completions", "POST"), EMBEDDINGS("embeddings", "POST"),
	MESSAGES("messages", "POST"), MESSAGE_TOKENS("message_tokens", "POST"), RESPONSES("responses", "POST"),
	RESPONSE("response", "GET"), MODELS("models", "GET"), MODEL("model", "GET"), REQUEST("request", "GET"),
	UNKNOWN("unknown", "");

	static final String MODEL_PREFIX = "/models/";

	static final String RESPONSE_PREFIX = "/responses/";

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
			case "/completions" -> COMPLETIONS;
			case "/embeddings" -> EMBEDDINGS;
			case "/messages" -> MESSAGES;
			case "/messages/count_tokens" -> MESSAGE_TOKENS;
			case "/responses" -> RESPONSES;
			case "/models", MODEL_PREFIX -> MODELS;
			default -> {
				if (path.startsWith(MODEL_PREFIX)) {
					yield MODEL;
				}
				if (path.startsWith(RESPONSE_PREFIX)) {
					yield (path.indexOf('/', RESPONSE_PREFIX.length()) < 0) ? RESPONSE : UNKNOWN;
				}
				yield path.startsWith(REQUEST_PREFIX) ? REQUEST : UNKNOWN;
			}
		};
	}

	/** Returns its name on the metrics. */
	String label() {
		return this.label;
	}

	/**
	 * Returns the method it serves; {@code GET} serves {@code HEAD} too, and one route
	 * {@code DELETE}.
	 */
	String method() {
		return this.method;
	}

	boolean serves(String requestMethod) {
		return this.method.equals(requestMethod) || (this == RESPONSE && requestMethod.equals("DELETE"))
				|| (this.method.equals("GET") && requestMethod.equals("HEAD"));
	}

	/** Returns the value of the header {@code Allow}. */
	String allow() {
		if (this == RESPONSE) {
			return "GET, HEAD, DELETE, OPTIONS";
		}
		return this.method.equals("GET") ? "GET, HEAD, OPTIONS" : this.method + ", OPTIONS";
	}

}
