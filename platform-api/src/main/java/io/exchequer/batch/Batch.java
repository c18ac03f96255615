package io.exchequer.batch;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.registry.DataClass;
import org.jspecify.annotations.Nullable;

/**
 * A batch of requests.
 *
 * @param id its identifier, a UUIDv7
 * @param owner whose it is; every key of the project sees it, the one it was made with is
 * charged
 * @param draft what was asked for
 * @param status how far it is
 * @param outputFile the file of answers, or null
 * @param errorFile the file of requests that failed, or null
 * @param errors why its input was refused; empty where it was not
 * @param counts how many of its requests ended how
 * @param times when it came how far
 */
public record Batch(UUID id, Owner owner, Draft draft, Status status, @Nullable UUID outputFile,
		@Nullable UUID errorFile, List<LineError> errors, Counts counts, Times times) {

	public Batch {
		errors = List.copyOf(errors);
	}

	/**
	 * What a batch is made of.
	 *
	 * @param inputFile the file of requests
	 * @param endpoint where each request goes, such as {@code /v1/chat/completions}
	 * @param completionWindow the time the client gives it, in OpenAI's form
	 * @param metadata the client's notes
	 * @param task the task of every request, or null where each says its own
	 * @param tags the tags of every request, the key's included
	 * @param dataClass the class the client claims for every request, or null
	 * @param outputKeptFor how long its results are kept, or null for the usual time
	 * @param once what makes a repetition of the same call known, or null
	 */
	public record Draft(UUID inputFile, String endpoint, String completionWindow, Map<String, String> metadata,
			@Nullable String task, List<String> tags, @Nullable DataClass dataClass, @Nullable Duration outputKeptFor,
			@Nullable Once once) {

		public Draft {
			metadata = Map.copyOf(metadata);
			tags = List.copyOf(tags);
		}

	}

	/**
	 * Makes a call known again.
	 *
	 * @param idempotencyKey the client's, 1 to 255 characters
	 * @param bodySha256 the hash of the call's body
	 */
	public record Once(String idempotencyKey, byte[] bodySha256) {
	}

	/**
	 * How many requests there are.
	 *
	 * @param total all of them
	 * @param completed those that were answered
	 * @param failed those that were not, and will not be
	 */
	public record Counts(int total, int completed, int failed) {
	}

	/**
	 * When it came how far; null where it did not, yet.
	 *
	 * @param created when it was made
	 * @param reserved the admission instant of its budgets' holds
	 * @param inProgress when its requests were begun with
	 * @param expires when it ends at the latest
	 * @param finalizing when its last request had ended
	 * @param completed when its results were there
	 * @param failed when its input was refused
	 * @param expired when it ended for lack of time
	 * @param cancelling when it was to be cancelled
	 * @param cancelled when it was
	 */
	public record Times(Instant created, @Nullable Instant reserved, @Nullable Instant inProgress, Instant expires,
			@Nullable Instant finalizing, @Nullable Instant completed, @Nullable Instant failed,
			@Nullable Instant expired, @Nullable Instant cancelling, @Nullable Instant cancelled) {
	}

	/** How far a batch is, in OpenAI's words. */
	public enum Status {

		/** Its input is being read. */
		VALIDATING,

		/** Its input was refused, or did not fit its budgets. */
		FAILED,

		/** Its requests are being run. */
		IN_PROGRESS,

		/** Its results are being written. */
		FINALIZING,

		/** Its results are there. */
		COMPLETED,

		/** Its time was over; what was answered is there. */
		EXPIRED,

		/** It is being cancelled: requests that run are waited for. */
		CANCELLING,

		/** It was cancelled; what was answered is there. */
		CANCELLED

	}

}
