package io.exchequer.batch;

import java.util.List;

import io.exchequer.routing.wire.Endpoint;

/**
 * The endpoints that a batch's requests may go to.
 */
final class BatchEndpoints {

	private static final String VERSION = "/v1";

	private static final List<Endpoint> ALL = List.of(Endpoint.CHAT_COMPLETIONS, Endpoint.EMBEDDINGS);

	private BatchEndpoints() {
	}

	/** Returns their URLs. */
	static List<String> urls() {
		return ALL.stream().map(BatchEndpoints::url).toList();
	}

	/**
	 * Returns the endpoint of a URL.
	 * @throws IllegalArgumentException if it is none of them
	 */
	static Endpoint of(String url) {
		return ALL.stream()
			.filter((endpoint) -> url(endpoint).equals(url))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("no endpoint for batches: " + url));
	}

	private static String url(Endpoint endpoint) {
		return VERSION + endpoint.path();
	}

}
