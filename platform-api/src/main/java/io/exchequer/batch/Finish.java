package io.exchequer.batch;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

import io.exchequer.batch.Batch.Status;
import io.exchequer.batch.BatchStore.Result;
import io.exchequer.batch.BatchStore.Work;
import io.exchequer.billing.Reserves;
import io.exchequer.kernel.Uuid7;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.transaction.support.TransactionTemplate;

/**
 * Ends a batch whose lines have ended: gives back what is left of its reserve, and writes
 * the results, each line's once, in the order of the input.
 */
final class Finish {

	private static final Logger log = LoggerFactory.getLogger(Finish.class);

	private static final Duration PAUSE = Duration.ofSeconds(5);

	private final BatchStore store;

	private final FileStore files;

	private final Reserves reserves;

	private final TransactionTemplate transactions;

	private final Clock clock;

	private final Uuid7 ids;

	Finish(BatchStore store, FileStore files, Reserves reserves, TransactionTemplate transactions, Clock clock) {
		this.store = store;
		this.files = files;
		this.reserves = reserves;
		this.transactions = transactions;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	/** Finishes a batch; one that cannot be finished now is given back. */
	void run(Work work) {
		try (Outputs outputs = new Outputs(work)) {
			this.reserves.release(work.batch().owner().tenant(), work.batch().id());
			// What was cancelled before it was read to its end has no results.
			if (work.batch().times().inProgress() != null && !outputs.write()) {
				log.info("Batch {} is finished by another", work.batch().id());
				return;
			}
			outputs.finish();
		}
		catch (IOException | RuntimeException ex) {
			log.warn("Batch {} could not be finished and is tried again", work.batch().id(), ex);
			this.store.giveBack(work, this.clock.instant().plus(PAUSE));
		}
	}

	/** The files of one batch. Used by one thread. */
	private final class Outputs implements AutoCloseable {

		private final Work work;

		private final Batch batch;

		private @Nullable StoredFileWriter answers;

		private @Nullable StoredFileWriter errors;

		private int failed;

		private boolean unrun;

		Outputs(Work work) {
			this.work = work;
			this.batch = work.batch();
		}

		/** Writes the results; returns false where the batch is another's by now. */
		boolean write() throws IOException {
			try (FileContent input = Finish.this.files.content(this.batch.owner().tenant(),
					this.batch.draft().inputFile())) {
				int after = 0;
				List<Result> page = Finish.this.store.results(this.batch, after);
				while (!page.isEmpty()) {
					for (Result result : page) {
						add(result, input);
						after = result.number();
					}
					if (!Finish.this.store.renew(this.work)) {
						return false;
					}
					page = Finish.this.store.results(this.batch, after);
				}
				return true;
			}
		}

		void finish() {
			Finish.this.transactions.executeWithoutResult((status) -> {
				UUID output = finish(this.answers, "output");
				UUID error = finish(this.errors, "errors");
				if (!Finish.this.store.finish(this.work, ending(), output, error, this.failed)) {
					status.setRollbackOnly();
				}
			});
		}

		private Status ending() {
			if (this.batch.status() == Status.CANCELLING) {
				return Status.CANCELLED;
			}
			return this.unrun ? Status.EXPIRED : Status.COMPLETED;
		}

		private void add(Result result, FileContent input) throws IOException {
			byte[] sealed = result.sealed();
			byte[] line = (sealed != null)
					? input.key().open(sealed, ResultLines.place(this.batch.id(), result.number()))
					: unrun(result, input);
			if (result.succeeded()) {
				this.answers = (this.answers != null) ? this.answers : Finish.this.files.begin(this.batch.owner());
				this.answers.write(line, 0, line.length);
			}
			else {
				this.failed++;
				this.errors = (this.errors != null) ? this.errors : Finish.this.files.begin(this.batch.owner());
				this.errors.write(line, 0, line.length);
			}
		}

		private byte[] unrun(Result result, FileContent input) throws IOException {
			this.unrun = true;
			String customId;
			try {
				customId = Envelope
					.read(input.range(result.position(), result.length()), result.length(),
							this.batch.draft().endpoint())
					.customId();
			}
			catch (InvalidLineException ex) {
				throw new IOException("line " + result.number() + " was valid before", ex);
			}
			UUID request = Finish.this.ids.next();
			return (this.batch.status() == Status.CANCELLING)
					? ResultLines.unanswered(request, customId, "batch_cancelled",
							"This request was not executed, since its batch was cancelled.")
					: ResultLines.unanswered(request, customId, "batch_expired",
							"This request could not be executed before the completion window expired.");
		}

		private @Nullable UUID finish(@Nullable StoredFileWriter writer, String kind) {
			return (writer != null) ? writer
				.finish(StoredFile.BATCH_OUTPUT,
						"batch_" + this.batch.id().toString().replace("-", "") + "_" + kind + ".jsonl",
						this.batch.draft().outputKeptFor(), false)
				.orElseThrow()
				.id() : null;
		}

		@Override
		public void close() {
			if (this.answers != null) {
				this.answers.close();
			}
			if (this.errors != null) {
				this.errors.close();
			}
		}

	}

}
