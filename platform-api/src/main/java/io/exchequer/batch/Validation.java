package io.exchequer.batch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

import io.exchequer.batch.BatchStore.WaitingLine;
import io.exchequer.batch.BatchStore.Work;
import io.exchequer.billing.Admission;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.Reserves;
import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.Uuid7;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.CostBounds;
import io.exchequer.routing.CostBounds.Bound;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.tenancy.KeyIdentity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a batch's input, line by line in bounded memory, and sets the worst case of all
 * its requests aside. A line that is no request refuses the batch; a request that would
 * be refused is a failed line of it.
 */
final class Validation {

	private static final Logger log = LoggerFactory.getLogger(Validation.class);

	private static final int PAGE = 500;

	/** How often a batch asks again whose budgets changed meanwhile. */
	private static final int REFRESHES_MAX = 3;

	private static final Duration PAUSE = Duration.ofSeconds(5);

	private final BatchStore store;

	private final FileStore files;

	private final Reserves reserves;

	private final CostBounds bounds;

	private final ConfigurationSource configurations;

	private final BatchSettings settings;

	private final Clock clock;

	private final Uuid7 ids;

	Validation(BatchStore store, FileStore files, Reserves reserves, CostBounds bounds,
			ConfigurationSource configurations, BatchSettings settings, Clock clock) {
		this.store = store;
		this.files = files;
		this.reserves = reserves;
		this.bounds = bounds;
		this.configurations = configurations;
		this.settings = settings;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	/** Validates a batch; one that cannot be validated now is given back. */
	void run(Work work) {
		try {
			validate(work);
		}
		catch (IOException | RuntimeException ex) {
			log.warn("Batch {} could not be validated and is tried again", work.batch().id(), ex);
			this.store.giveBack(work, this.clock.instant().plus(PAUSE));
		}
	}

	private void validate(Work work) throws IOException {
		Batch batch = work.batch();
		// What an earlier worker left.
		this.reserves.release(batch.owner().tenant(), batch.id());
		this.store.clearLines(work);
		Instant now = this.clock.instant();
		if (!now.isBefore(batch.times().expires())) {
			refuse(work, List
				.of(new LineError("batch_expired", "The batch's time was over before it was read.", null, null)), 0);
			return;
		}
		Configuration configuration = this.configurations.current();
		Optional<KeyIdentity> identity = configuration.identity().usableKey(batch.owner().key(), now);
		if (identity.isEmpty()) {
			ApiError over = LineRequests.keyOver();
			refuse(work, List.of(new LineError(over.code(), over.message(), null, null)), 0);
			return;
		}
		Reading reading = new Reading(work, configuration, identity.get());
		if (!reading.read()) {
			// Cancelled, or another's by now.
			this.store.giveBack(work, this.clock.instant());
			return;
		}
		if (reading.errors.isEmpty()) {
			reserve(work, reading);
		}
		else {
			refuse(work, reading.errors, reading.total);
		}
	}

	private void refuse(Work work, List<LineError> errors, int total) {
		this.reserves.release(work.batch().owner().tenant(), work.batch().id());
		this.store.refuse(work, errors, total);
	}

	private void reserve(Work work, Reading reading) {
		Batch batch = work.batch();
		Instant at = this.clock.instant();
		Configuration configuration = reading.configuration;
		ChargeTo chargeTo = LineRequests.chargeTo(batch, reading.identity,
				Objects.requireNonNullElse(batch.draft().task(), "batch"));
		List<Reserves.Part> parts = reading.parts.values().stream().map(Part::part).toList();
		for (int refreshes = 0; refreshes <= REFRESHES_MAX; refreshes++) {
			Reserves.Outcome outcome = this.reserves
				.reserve(new Reserves.Request(batch.id(), chargeTo, parts, configuration.routing().budgets(), at));
			switch (outcome) {
				case Reserves.Outcome.Reserved _ -> {
					if (!this.store.begin(work, reading.total, reading.failed, at)) {
						this.store.giveBack(work, this.clock.instant());
					}
					return;
				}
				case Reserves.Outcome.Refused(Admission.StaleConfiguration _) ->
					configuration = this.configurations.refresh();
				case Reserves.Outcome.Refused(Admission why) -> {
					refuse(work, List.of(refusal(why, reading)), reading.total);
					return;
				}
			}
		}
		throw new IllegalStateException("its budgets keep changing");
	}

	private static LineError refusal(Admission why, Reading reading) {
		return switch (why) {
			case Admission.OverBudget over -> new LineError("budget_exceeded",
					"All requests of the batch together may cost up to " + reading.sum(over.currency()) + " "
							+ over.currency() + ", and budget '" + over.budgetName() + "' has "
							+ Money.plain(over.remainingNanos()) + " " + over.currency() + " left of its limit of "
							+ Money.plain(over.limitNanos()) + " " + over.currency()
							+ ". Lower the requests' output limits, split the batch, or ask the budget's owner.",
					null, null);
			case Admission.NoRate noRate -> new LineError(
					"no_exchange_rate", "No exchange rate is in force from " + noRate.cardCurrency() + " to "
							+ noRate.budgetCurrency() + ", the currency of budget '" + noRate.budgetName() + "'.",
					null, null);
			case Admission.Granted _, Admission.OverRate _, Admission.ShareGone _, Admission.StaleConfiguration _ ->
				throw new IllegalStateException("no reason against a reserve: " + why);
		};
	}

	/** The requests that most likely go to one deployment. */
	private static final class Part {

		private final Reserves.Part part;

		private long nanos;

		Part(Reserves.Part part) {
			this.part = part;
		}

		Reserves.Part part() {
			return this.part;
		}

	}

	/** One reading of an input. */
	private final class Reading {

		private final Work work;

		private final Configuration configuration;

		private final KeyIdentity identity;

		private final Endpoint endpoint;

		private final List<LineError> errors = new ArrayList<>();

		private final Map<DeploymentId, Part> parts = new HashMap<>();

		private final Set<Digest> names = new HashSet<>();

		private final List<WaitingLine> page = new ArrayList<>();

		private int total;

		private int failed;

		Reading(Work work, Configuration configuration, KeyIdentity identity) {
			this.work = work;
			this.configuration = configuration;
			this.identity = identity;
			this.endpoint = BatchEndpoints.of(work.batch().draft().endpoint());
		}

		/**
		 * Reads all of it; returns false where the batch is not the worker's any more.
		 */
		boolean read() throws IOException {
			Batch batch = this.work.batch();
			int lines = 0;
			try (FileContent content = Validation.this.files.content(batch.owner().tenant(),
					batch.draft().inputFile())) {
				ContentKey key = content.key();
				LineReader reader = new LineReader(content, (int) Validation.this.settings.lineMax().toBytes());
				while (this.errors.size() < Validation.this.settings.errorsMax() && reader.next()) {
					if (++this.total > Validation.this.settings.requestsMax()) {
						this.errors.add(new LineError(
								"too_many_tasks", "The batch input has more than the "
										+ Validation.this.settings.requestsMax() + " requests that a batch may have.",
								null, null));
						return true;
					}
					take(reader, key);
					if (++lines % PAGE == 0 && !flush()) {
						return false;
					}
				}
			}
			if (this.total == 0) {
				this.errors.add(new LineError("empty_file", "The batch input has no requests.", null, null));
			}
			return flush();
		}

		private boolean flush() {
			if (this.errors.isEmpty() && !this.page.isEmpty()) {
				Validation.this.reserves.addShares(this.work.batch().owner().tenant(), this.work.batch().id(),
						this.page.stream()
							.map((line) -> new Reserves.Share(line.number(), line.partId(), line.nanos()))
							.toList());
				Validation.this.store.addWaiting(this.work, this.page);
			}
			this.page.clear();
			return Validation.this.store.renew(this.work);
		}

		private void take(LineReader reader, ContentKey key) {
			try {
				Envelope envelope = envelope(reader);
				if (this.errors.isEmpty()) {
					bound(reader, envelope, key);
				}
			}
			catch (InvalidLineException ex) {
				this.errors.add(ex.at(reader.number()));
			}
		}

		private Envelope envelope(LineReader reader) throws InvalidLineException {
			if (reader.isTooLong()) {
				throw new InvalidLineException("line_too_long",
						"This line is longer than " + Validation.this.settings.lineMax().toBytes() + " bytes.", null);
			}
			Envelope envelope = Envelope.read(reader.bytes(), reader.length(), this.work.batch().draft().endpoint());
			if (!this.names.add(Digest.of(envelope.customId()))) {
				throw new InvalidLineException("duplicate_custom_id",
						"The 'custom_id' of this line is another line's already.", "custom_id");
			}
			return envelope;
		}

		private void bound(LineReader reader, Envelope envelope, ContentKey key) {
			try {
				AiRequest request = LineRequests.of(this.work.batch(), this.identity, this.endpoint, envelope.body(),
						Validation.this.ids.next(), Validation.this.clock.instant());
				switch (Validation.this.bounds.bound(request, this.configuration.routing())) {
					case Bound.Bounded bounded -> add(reader, bounded);
					case Bound.Refused refused -> fail(reader, envelope, refused.error(), key);
				}
			}
			catch (InvalidRequestException ex) {
				fail(reader, envelope, ex.error(), key);
			}
		}

		private void add(LineReader reader, Bound.Bounded bounded) {
			Part part = this.parts.computeIfAbsent(bounded.deployment().id(), (missing) -> new Part(
					new Reserves.Part(Validation.this.ids.next(), bounded.deployment(), bounded.priceCard())));
			part.nanos = Math.addExact(part.nanos, bounded.nanos());
			this.page.add(new WaitingLine(reader.number(), reader.position(), reader.length(), part.part().id(),
					bounded.nanos()));
		}

		private void fail(LineReader reader, Envelope envelope, ApiError error, ContentKey key) {
			this.failed++;
			byte[] line = ResultLines.refused(Validation.this.ids.next(), envelope.customId(), error);
			Validation.this.store.addFailed(this.work, reader.number(), reader.position(), reader.length(),
					key.seal(line, 0, line.length, ResultLines.place(this.work.batch().id(), reader.number())));
		}

		private String sum(Currency currency) {
			long nanos = this.parts.values()
				.stream()
				.filter((part) -> part.part().priceCard().currency().equals(currency))
				.mapToLong((part) -> part.nanos)
				.reduce(0, Math::addExact);
			return new Money(nanos, currency).toPlainString();
		}

	}

	/**
	 * Stands for a text in little memory.
	 *
	 * @param high half of its hash
	 * @param low another
	 */
	private record Digest(long high, long low) {

		static Digest of(String text) {
			try {
				ByteBuffer hash = ByteBuffer
					.wrap(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
				return new Digest(hash.getLong(), hash.getLong());
			}
			catch (NoSuchAlgorithmException ex) {
				throw new IllegalStateException("every Java platform has SHA-256", ex);
			}
		}

	}

}
