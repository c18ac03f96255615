package io.exchequer.gateway.dialect;

import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;
import io.exchequer.routing.wire.RequestDocument;

/**
 * How the clients of one API write requests, and read answers and errors. Stateless; used
 * by many threads.
 */
public interface Dialect {

	/** OpenAI's, which is the canonical form: requests and answers pass as they are. */
	Dialect OPENAI = new OpenAiDialect();

	/**
	 * Returns its name. The same bytes sent in two dialects are two requests, whatever
	 * their idempotency key.
	 */
	String name();

	/**
	 * Returns the bytes of memory that reading a body takes beside the body itself, the
	 * canonical form included.
	 * @param length the body's bytes
	 */
	long memoryToRead(int length);

	/**
	 * Reads and checks a request.
	 * @param endpoint what it asks for
	 * @param body the array the body is in, from its beginning; it may be kept
	 * @param length the body's bytes
	 * @param dropUnsupported whether what has no canonical form, and does not change the
	 * request's meaning, is left out rather than refused
	 * @throws InvalidRequestException with what is wrong, by the dialect's own names
	 */
	Reading read(Endpoint endpoint, byte[] body, int length, boolean dropUnsupported) throws InvalidRequestException;

	/**
	 * Returns where the canonical answer is written to, to reach the client in the
	 * dialect's form.
	 * @param client the client's side
	 * @param request what is answered
	 * @param requestId the platform's identifier of it
	 * @param memory where memory is counted that a whole answer's other form takes
	 */
	AnswerSink answering(AnswerSink client, Reading request, UUID requestId, AnswerMemory.Part memory);

	/**
	 * Returns an error's JSON body.
	 * @param requestId the platform's identifier of the request, or null where it was
	 * refused before it got one
	 */
	byte[] error(ApiError error, @Nullable UUID requestId);

	/**
	 * Returns the name of a header that the dialect's clients look for the request's
	 * identifier in, beside the platform's own; null where they look for none.
	 */
	@Nullable String requestIdHeader();

	/**
	 * A request that was read.
	 *
	 * @param document its canonical form
	 * @param dropped what was left out of it, by its path; empty where nothing was
	 * @param paths turns a path in the canonical form into the client's own
	 */
	record Reading(RequestDocument document, List<String> dropped, UnaryOperator<String> paths) {

		public Reading {
			dropped = List.copyOf(dropped);
		}

		/**
		 * Reads a request that was put into the canonical form.
		 * @param canonical its bytes; they are kept
		 * @throws InvalidRequestException with what is wrong, by the client's own paths
		 */
		public static Reading of(Endpoint endpoint, byte[] canonical, List<String> dropped, UnaryOperator<String> paths)
				throws InvalidRequestException {
			try {
				return new Reading(OpenAiRequests.parse(endpoint, canonical, canonical.length), dropped, paths);
			}
			catch (InvalidRequestException ex) {
				throw new InvalidRequestException(told(ex.error(), paths));
			}
		}

		/**
		 * Returns an error about the canonical form as one about what the client sent.
		 */
		public ApiError told(ApiError error) {
			return told(error, this.paths);
		}

		private static ApiError told(ApiError error, UnaryOperator<String> paths) {
			String param = error.param();
			String own = (param != null) ? paths.apply(param) : null;
			if (param == null || own == null || own.equals(param)) {
				return error;
			}
			return new ApiError(error.status(), error.type(), error.code(), error.message().replace(param, own), own,
					error.retryAfter(), error.details());
		}

	}

}
