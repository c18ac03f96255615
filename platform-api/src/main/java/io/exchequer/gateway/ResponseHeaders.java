package io.exchequer.gateway;

import java.util.UUID;

/**
 * The names of the platform's own response headers.
 */
final class ResponseHeaders {

	static final String REQUEST_ID = "X-Exchequer-Request-Id";

	/** Where the dialects' own clients look for a request's identifier. */
	private static final String REQUEST_ID_OF_CLIENTS = "x-request-id, request-id";

	static final String MODEL = "X-Exchequer-Model";

	static final String DEPLOYMENT = "X-Exchequer-Deployment";

	static final String ATTEMPTS = "X-Exchequer-Attempts";

	static final String CACHE = "X-Exchequer-Cache";

	static final String CLAMPED = "X-Exchequer-Clamped";

	static final String DROPPED = "X-Exchequer-Dropped";

	static final String COST = "X-Exchequer-Cost";

	static final String CURRENCY = "X-Exchequer-Currency";

	static final String ESTIMATED = "X-Exchequer-Estimated";

	static final String WARNING = "X-Exchequer-Warning";

	static final String REPLAYED = "Idempotent-Replayed";

	static final String RETRY_AFTER = "Retry-After";

	private ResponseHeaders() {
	}

	/** Names the request to the client, by the dialect's own header too. */
	static void requestId(Exchange exchange, UUID id) {
		exchange.response().setHeader(REQUEST_ID, id.toString());
		String own = exchange.dialect().requestIdHeader();
		if (own != null) {
			exchange.response().setHeader(own, id.toString());
		}
	}

	/** Returns every name of ours, for pages of other origins to read. */
	static String exposed() {
		return String.join(", ", REQUEST_ID, REQUEST_ID_OF_CLIENTS, MODEL, DEPLOYMENT, ATTEMPTS, CACHE, CLAMPED,
				DROPPED, COST, CURRENCY, WARNING, REPLAYED, RETRY_AFTER, ESTIMATED);
	}

}
