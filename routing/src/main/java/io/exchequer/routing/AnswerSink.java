package io.exchequer.routing;

import java.io.IOException;
import java.util.List;

import io.exchequer.kernel.Money;
import io.exchequer.routing.wire.OpenAiErrors;
import org.jspecify.annotations.Nullable;

/**
 * Where an answer goes: the gateway's side of the client's connection. Writes block while
 * the client is slow.
 */
public interface AnswerSink {

	/**
	 * Sends the status and headers. Called once, before any write.
	 * @throws IOException if the client is gone
	 */
	void begin(Head head) throws IOException;

	/**
	 * Sends bytes of the body. The sink has taken them even where this throws.
	 * @throws IOException if the client is gone
	 */
	void write(byte[] bytes, int offset, int length) throws IOException;

	/**
	 * Pushes what was written to the client.
	 * @throws IOException if the client is gone
	 */
	void flush() throws IOException;

	/**
	 * Ends a stream that had begun with an error, lest it look complete.
	 * @throws IOException if the client is gone
	 */
	default void breakOff(ApiError error) throws IOException {
		byte[] event = OpenAiErrors.event(error);
		write(event, 0, event.length);
		flush();
	}

	/**
	 * Takes bytes of an answer that is read to its end although the client is gone.
	 */
	default void missed(byte[] bytes, int offset, int length) {
	}

	/**
	 * Watches the client while an answer is awaited and nothing is written.
	 * @param action run at most once, by another thread, when the client has gone away;
	 * not after the watch was closed. It must not block
	 * @return to be closed before the next write; closing it again does nothing
	 */
	default Watch whileAwaiting(Runnable action) {
		return Watch.NONE;
	}

	/** A watch over a client. */
	@FunctionalInterface
	interface Watch extends AutoCloseable {

		/** Watches nobody. */
		Watch NONE = () -> {
		};

		@Override
		void close();

	}

	/**
	 * What is known when the answer begins.
	 *
	 * @param status the HTTP status
	 * @param contentType the media type
	 * @param contentLength the body's bytes, or -1 for a stream
	 * @param model the model that answers
	 * @param deployment the deployment that answers
	 * @param attempts how many attempts were made, this one included
	 * @param clamped the output limit that was put in place of the client's, or null
	 * @param cost what all attempts cost together, or null while that is unknown
	 * @param warning a soft limit's warning, or null
	 * @param dropped the request's members that were left out, since the deployment has
	 * no place for them; empty where there are none
	 */
	record Head(int status, String contentType, long contentLength, String model, String deployment, int attempts,
			@Nullable Integer clamped, @Nullable Money cost, @Nullable String warning, List<String> dropped) {

		/** Makes a head of an answer to the whole request. */
		public Head(int status, String contentType, long contentLength, String model, String deployment, int attempts,
				@Nullable Integer clamped, @Nullable Money cost, @Nullable String warning) {
			this(status, contentType, contentLength, model, deployment, attempts, clamped, cost, warning, List.of());
		}

	}

}
