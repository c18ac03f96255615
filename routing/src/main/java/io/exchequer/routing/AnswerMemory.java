package io.exchequer.routing;

import java.time.Duration;

/**
 * The memory that whole answers take while they wait to be settled. The application
 * shares it between everything that requests keep in memory.
 */
@FunctionalInterface
public interface AnswerMemory {

	/** No bound but the largest answer. */
	AnswerMemory UNBOUNDED = () -> new Part() {

		@Override
		public boolean grow(long more) {
			return true;
		}

		@Override
		public boolean await(long more, Duration longest) {
			return true;
		}

		@Override
		public void shrink(long less) {
		}

		@Override
		public void close() {
		}

	};

	/** Opens a part of nothing, to be grown and closed by one request. */
	Part open();

	/** One request's part. Used by one thread. */
	interface Part extends AutoCloseable {

		/**
		 * Takes more, if it is there now.
		 * @param more bytes, zero or more
		 * @return whether it was; nothing is taken where it was not
		 */
		boolean grow(long more);

		/**
		 * Takes more for an answer that must not be lost, and waits for it where it has
		 * to. Of all that wait, one at a time gets what it asks for beyond the bound,
		 * until its part is closed: it needs nobody else to go on, so all of them come to
		 * their end.
		 * @param more bytes, zero or more
		 * @return false where it took too long, or the thread was interrupted (which it
		 * stays)
		 */
		boolean await(long more, Duration longest);

		/** Gives a part back that is no longer needed. */
		void shrink(long less);

		/** Gives everything back; closing it again does nothing. */
		@Override
		void close();

	}

}
