package io.exchequer.batch;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

import io.exchequer.batch.BatchStore.RunningLine;
import io.exchequer.billing.RequestCosts;
import io.exchequer.billing.RequestCosts.RequestCost;
import io.exchequer.billing.ReserveShare;
import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.configuration.StaleConfigurationException;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.BudgetsChangedException;
import io.exchequer.routing.CostBounds;
import io.exchequer.routing.RoutingService;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.tenancy.KeyIdentity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs lines of batches as the gateway runs requests, and settles what became of those
 * that were left. Money decides: a line is tried again only while its request has neither
 * a hold nor a ledger line, and its share can be drawn by one request only. Thread-safe.
 */
final class LineRun {

	private static final Logger log = LoggerFactory.getLogger(LineRun.class);

	/** How often a request starts over because its budgets changed meanwhile. */
	private static final int REFRESHES_MAX = 3;

	private static final Duration PAUSE_MIN = Duration.ofSeconds(1);

	private static final Duration PAUSE_MAX = Duration.ofMinutes(5);

	private static final int DOUBLINGS_MAX = 30;

	private static final Duration PAUSE_UNCALLED = Duration.ofSeconds(5);

	/** What may go better at another time. */
	private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

	private final BatchStore store;

	private final FileStore files;

	private final RoutingService routing;

	private final RequestCosts costs;

	private final AnswerMemory memory;

	private final ConfigurationSource configurations;

	private final BatchSettings settings;

	private final Clock clock;

	LineRun(BatchStore store, FileStore files, RoutingService routing, RequestCosts costs, AnswerMemory memory,
			ConfigurationSource configurations, BatchSettings settings, Clock clock) {
		this.store = store;
		this.files = files;
		this.routing = routing;
		this.costs = costs;
		this.memory = memory;
		this.configurations = configurations;
		this.settings = settings;
		this.clock = clock;
	}

	/**
	 * Runs a line. Where it ends without a result, the database did not answer: the line
	 * is looked after when its lease is over.
	 */
	void run(RunningLine line) {
		try (AnswerMemory.Part room = this.memory.open()) {
			Batch batch = this.store.get(line.tenant(), line.batchId());
			run(batch, line, room);
		}
		catch (StaleConfigurationException | BudgetsChangedException ex) {
			later(line, String.valueOf(ex.getMessage()));
		}
		catch (IOException | RuntimeException ex) {
			log.warn("Line {} of batch {} ended without a result; it is looked after", line.number(), line.batchId(),
					ex);
		}
	}

	private void run(Batch batch, RunningLine line, AnswerMemory.Part room) throws IOException {
		if (!room.grow(2L * line.length())) {
			later(line, "no memory");
			return;
		}
		try (FileContent content = this.files.content(line.tenant(), batch.draft().inputFile())) {
			Input input = new Input(batch, line, content.key(), envelope(batch, line, content));
			Instant now = this.clock.instant();
			Configuration configuration = this.configurations.current();
			Optional<KeyIdentity> identity = configuration.identity().usableKey(batch.owner().key(), now);
			if (identity.isEmpty()) {
				refuse(input, LineRequests.keyOver());
				return;
			}
			serve(input, configuration, identity.get(), room);
		}
	}

	private static Envelope envelope(Batch batch, RunningLine line, FileContent content) throws IOException {
		try {
			return Envelope.read(content.range(line.position(), line.length()), line.length(),
					batch.draft().endpoint());
		}
		catch (InvalidLineException ex) {
			throw new IOException("it was valid before", ex);
		}
	}

	private void serve(Input input, Configuration first, KeyIdentity identity, AnswerMemory.Part room) {
		RunningLine line = input.line();
		Batch batch = input.batch();
		Instant reserved = batch.times().reserved();
		if (reserved == null) {
			throw new IllegalStateException("nothing is set aside for a batch that runs");
		}
		AnswerCopy copy = new AnswerCopy(room);
		try {
			AiRequest request = LineRequests
				.of(batch, identity, BatchEndpoints.of(batch.draft().endpoint()), input.envelope().body(),
						line.requestId(), this.clock.instant())
				.goingOnWhile(() -> this.store.stands(line))
				.drawing(new ReserveShare(batch.id(), line.partId(), line.number(), line.nanos(), reserved));
			end(input, serve(request, first, copy), copy);
		}
		catch (InvalidRequestException ex) {
			refuse(input, ex.error());
		}
	}

	private Outcome serve(AiRequest request, Configuration first, AnswerCopy copy) {
		Configuration configuration = first;
		for (int refreshes = 0;; refreshes++) {
			try {
				return this.routing.serve(request, configuration.routing(), copy);
			}
			catch (BudgetsChangedException ex) {
				if (refreshes == REFRESHES_MAX) {
					throw ex;
				}
				configuration = this.configurations.refresh();
			}
		}
	}

	private void end(Input input, Outcome outcome, AnswerCopy copy) {
		switch (outcome) {
			case Outcome.Answered _ -> {
				byte[] result = ResultLines.answered(input.line().requestId(), input.envelope().customId(),
						copy.status(), copy.bytes(), copy.length());
				end(input, true, result);
			}
			case Outcome.Refused refused -> refused(input, refused.error(), refused.attempts());
			// Only of a stream, and of a sink that does not take what it is given.
			case Outcome.BrokenOff broken -> refuse(input, broken.error());
			case Outcome.ClientGone _ -> leave(input.line(), "its answer was not taken");
		}
	}

	private void refused(Input input, ApiError error, int attempts) {
		RunningLine line = input.line();
		if (error.code().equals(CostBounds.SHARE_GONE)) {
			// Another request of this line has cost something, or its batch ends.
			if (this.store.stands(line)) {
				interrupted(input, Optional.empty());
			}
			return;
		}
		if (!PASSING.contains(error.status())) {
			refuse(input, error);
			return;
		}
		if (attempts == 0) {
			later(line, error.code());
			return;
		}
		Optional<RequestCost> cost = this.costs.find(line.tenant(), line.requestId());
		if (cost.isPresent() && !cost.get().settled()) {
			leave(line, "its hold is still being given back");
		}
		else if (cost.isPresent() || line.tries() >= this.settings.triesMax()) {
			refuse(input, error);
		}
		else {
			again(line, error.retryAfter(), error.code());
		}
	}

	/** Says what became of a line whose runner is gone. */
	void lookAfter(RunningLine line) {
		Optional<RequestCost> cost = this.costs.find(line.tenant(), line.requestId());
		if (cost.isPresent() && !cost.get().settled()) {
			this.store.lookAgain(line);
			return;
		}
		if (cost.isEmpty() && line.tries() < this.settings.triesMax()) {
			// Nothing was called for it. Should its runner live, only one of both draws
			// the share.
			again(line, null, "its process is gone");
			return;
		}
		Batch batch = this.store.get(line.tenant(), line.batchId());
		try (FileContent content = this.files.content(line.tenant(), batch.draft().inputFile())) {
			interrupted(new Input(batch, line, content.key(), envelope(batch, line, content)), cost);
		}
		catch (IOException ex) {
			log.error("Line {} of batch {} cannot be read", line.number(), line.batchId(), ex);
		}
	}

	private void interrupted(Input input, Optional<RequestCost> cost) {
		String charged = cost
			.map((found) -> " It was charged " + found.total().toPlainString() + " "
					+ found.total().currency().getCurrencyCode() + ".")
			.orElse("");
		end(input, false,
				ResultLines.unanswered(input.line().requestId(), input.envelope().customId(), "request_interrupted",
						"The platform stopped while this request was in flight, and its answer is lost." + charged
								+ " It was not repeated, lest it be charged twice."));
	}

	private void refuse(Input input, ApiError error) {
		end(input, false, ResultLines.refused(input.line().requestId(), input.envelope().customId(), error));
	}

	private void end(Input input, boolean succeeded, byte[] result) {
		this.store.end(input.line(), succeeded, input.key()
			.seal(result, 0, result.length, ResultLines.place(input.batch().id(), input.line().number())));
	}

	/** Nothing was called, for a reason that is not the line's: it does not count. */
	private void later(RunningLine line, String why) {
		putBack(line, PAUSE_UNCALLED, false, why);
	}

	/** It is tried again, each time after a longer pause. */
	private void again(RunningLine line, @Nullable Duration asked, String why) {
		Duration pause = PAUSE_MIN.multipliedBy(1L << Math.min(line.tries() - 1, DOUBLINGS_MAX));
		if (asked != null && asked.compareTo(pause) > 0) {
			pause = asked;
		}
		putBack(line, (pause.compareTo(PAUSE_MAX) > 0) ? PAUSE_MAX : pause, true, why);
	}

	private void putBack(RunningLine line, Duration pause, boolean tried, String why) {
		log.debug("Line {} of batch {} is tried again after {}: {}", line.number(), line.batchId(), pause, why);
		this.store.putBack(line, this.clock.instant().plus(pause), tried);
	}

	private static void leave(RunningLine line, String why) {
		log.debug("Line {} of batch {} is looked after later: {}", line.number(), line.batchId(), why);
	}

	/**
	 * What a line runs with.
	 *
	 * @param batch its batch
	 * @param line the line
	 * @param key protects its result
	 * @param envelope what it says
	 */
	private record Input(Batch batch, RunningLine line, ContentKey key, Envelope envelope) {
	}

}
