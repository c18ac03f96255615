package io.exchequer.routing;

import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.registry.Deployment;
import io.exchequer.routing.chat.Uncarried;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.routing.wire.SplicedBody;
import org.jspecify.annotations.Nullable;

/**
 * Speaks to one kind of provider, in OpenAI's wire format towards us. One package under
 * {@code provider/} each.
 */
public interface UpstreamProvider {

	/** Returns the provider kinds it serves, such as {@code openai}. */
	java.util.Set<String> kinds();

	/**
	 * Returns whether a provider of these kinds may be set up without a base URL: the
	 * vendor's own is known, or it is in the process.
	 */
	default boolean knowsItsAddress() {
		return false;
	}

	/**
	 * Checks what an administrator sets for a provider of these kinds.
	 * @throws IllegalArgumentException if a call could not be made with it, saying why
	 */
	default void checkSettings(Map<String, String> settings) {
	}

	/**
	 * Checks what an administrator sets for a deployment at such a provider.
	 * @throws IllegalArgumentException if a call could not be made with it, saying why
	 */
	default void checkOptions(Map<String, String> options) {
	}

	/**
	 * Names what of a request such a deployment has no place for. Where the client's
	 * bytes are passed on, that is nothing, unless the server is known to refuse some.
	 * @return in the request's order, empty where all of it is carried
	 */
	default List<Uncarried> uncarried(RequestDocument document, Deployment deployment) {
		return List.of();
	}

	/**
	 * Returns the most tokens of input that the provider bills beyond what is in the
	 * request, such as a system prompt of its own that tells the model of its tools: 0 or
	 * more, part of the attempt's worst case.
	 */
	default int inputTokensAdded(RequestDocument document, Deployment deployment) {
		return 0;
	}

	/**
	 * Sends an attempt and returns once the answer's head is here. A status of 400 or
	 * more, or none at all, is an {@link UpstreamFailure}.
	 */
	UpstreamAnswer call(UpstreamCall call) throws UpstreamFailure;

	/**
	 * One attempt.
	 *
	 * @param deployment what to call
	 * @param endpoint which API
	 * @param body the request as it goes out
	 * @param stream whether a stream was asked for
	 * @param requestId the platform's request
	 * @param deadline when the attempt's total time is over; the provider aborts then
	 * @param headTimeout the longest wait for the answer's head
	 */
	record UpstreamCall(Deployment deployment, Endpoint endpoint, SplicedBody body, boolean stream, UUID requestId,
			Instant deadline, Duration headTimeout) {
	}

	/**
	 * An answer whose head is here. Reads of the body fail with
	 * {@link java.net.SocketTimeoutException} when the idle or the total time is over.
	 */
	interface UpstreamAnswer extends AutoCloseable {

		/** Returns the 2xx status. */
		int status();

		/** Returns the media type in lower case, or an empty text. */
		String contentType();

		/** Returns the provider's identifier of the call, or null. */
		@Nullable String upstreamRequestId();

		/** Returns the body; it blocks, and is read by one thread. */
		InputStream body();

		/** Cuts the connection at once; it is not used again. */
		void abort();

		/** Gives the connection back, reading nothing more of the body. */
		@Override
		void close();

	}

}
