package io.exchequer.batch;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Batches, as their clients see them.
 */
public interface Batches {

	/** The one time that a client may give a batch. */
	String COMPLETION_WINDOW = "24h";

	/** Returns the endpoints that a batch's requests may go to. */
	List<String> endpoints();

	/** Makes a batch; the queue does the rest. */
	Creation create(Owner owner, Batch.Draft draft);

	/** Finds a batch of the owner's project. */
	Optional<Batch> find(Owner owner, UUID id);

	/**
	 * Lists the batches of the owner's project, the newest first.
	 * @param after only those older than this one, or null
	 * @param limit at most this many, at least 1
	 */
	List<Batch> list(Owner owner, @Nullable UUID after, int limit);

	/**
	 * Has a batch of the owner's project end before its time: no request is begun any
	 * more.
	 */
	Cancellation cancel(Owner owner, UUID id);

	/** What came of making a batch. */
	sealed interface Creation {

		/** It is made. */
		record Created(Batch batch) implements Creation {
		}

		/** The same call has made it before. */
		record Repeated(Batch batch) implements Creation {
		}

		/** The idempotency key has made another one. */
		record OtherBody(Batch batch) implements Creation {
		}

		/** The project has no such file. */
		record NoSuchFile() implements Creation {
		}

		/** The file is for something else. */
		record OtherPurpose(String purpose) implements Creation {
		}

		/** As many batches of the tenant are unfinished as may be. */
		record TooMany(int limit) implements Creation {
		}

	}

	/** What came of cancelling a batch. */
	sealed interface Cancellation {

		/** It ends, or is doing so already. */
		record Cancelled(Batch batch) implements Cancellation {
		}

		/** The project has no such batch. */
		record NotFound() implements Cancellation {
		}

		/** Its requests have ended already. */
		record Over(Batch batch) implements Cancellation {
		}

	}

}
