package io.exchequer.gateway.dialect.responses;

import java.util.UUID;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import io.exchequer.routing.wire.InvalidRequestException;

/**
 * The answers that one client's tenant has stored, as far as the client may see them.
 * Used by one thread.
 */
public interface Conversations {

	/** Stores nothing and finds nothing. */
	Conversations NONE = new Conversations() {

		@Override
		public boolean keeps() {
			return false;
		}

		@Override
		public @Nullable ArrayNode items(UUID response) {
			return null;
		}

		@Override
		public void retain(long bytes) {
		}

		@Override
		public boolean keep(UUID response, ArrayNode items, ObjectNode answer) {
			return false;
		}

	};

	/** Returns whether answers are stored at all. */
	boolean keeps();

	/**
	 * Returns what was said up to the end of an answer: the items of every request and of
	 * every answer, in their order; null where it is not there.
	 * @throws InvalidRequestException if there is no memory for it at the moment
	 */
	@Nullable ArrayNode items(UUID response) throws InvalidRequestException;

	/**
	 * Counts the memory of what is kept of a request until it is answered.
	 * @throws InvalidRequestException if there is none at the moment
	 */
	void retain(long bytes) throws InvalidRequestException;

	/**
	 * Stores an answer.
	 * @param items what was said before it
	 * @param answer the whole answer
	 * @return whether it is stored; an answer is told even where it is not
	 */
	boolean keep(UUID response, ArrayNode items, ObjectNode answer);

}
