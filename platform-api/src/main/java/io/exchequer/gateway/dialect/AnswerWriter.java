package io.exchequer.gateway.dialect;

import java.io.ByteArrayOutputStream;
import java.util.List;

import io.exchequer.routing.ApiError;
import io.exchequer.routing.chat.ChatEvent;

/**
 * Writes one answer in a dialect. Used by one thread, for one answer: whole, or as a
 * stream.
 */
public interface AnswerWriter {

	/**
	 * Returns a whole answer's body, JSON.
	 * @param events everything that happened, in its order
	 */
	byte[] whole(List<ChatEvent> events);

	/** Writes what an event of a stream is to the client, perhaps nothing yet. */
	void event(ChatEvent event, ByteArrayOutputStream out);

	/** Writes the end of a stream that came whole. */
	void end(ByteArrayOutputStream out);

	/** Writes what keeps a silent stream alive, perhaps nothing. */
	void keepAlive(ByteArrayOutputStream out);

	/** Writes the end of a stream that broke off, lest it look complete. */
	void error(ApiError error, ByteArrayOutputStream out);

}
