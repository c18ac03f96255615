package io.exchequer.gateway;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.IdempotencyService.StoredAnswer;
import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.configuration.StaleConfigurationException;
import io.exchequer.gateway.BodyMemory.Reservation;
import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.gateway.dialect.responses.ResponsesDialect;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.BudgetsChangedException;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.RoutingService;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.tenancy.KeyIdentity;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests that a model answers: authenticates, reads, parses, claims the
 * idempotency key, and hands over to routing.
 */
final class CompletionHandler {

	/** How often a request starts over because its budgets changed meanwhile. */
	static final int REFRESHES_MAX = 3;

	private final GatewaySettings settings;

	private final ConfigurationSource configurations;

	private final Authenticator authenticator;

	private final BodyMemory memory;

	private final BodyReader bodies;

	private final RoutingService routing;

	private final IdempotentRequests idempotentRequests;

	private final StoredResponses responses;

	private final ClientWatch clients;

	CompletionHandler(GatewaySettings settings, ConfigurationSource configurations, Authenticator authenticator,
			BodyMemory memory, RoutingService routing, IdempotentRequests idempotentRequests, StoredResponses responses,
			ClientWatch clients) {
		this.settings = settings;
		this.configurations = configurations;
		this.authenticator = authenticator;
		this.memory = memory;
		this.bodies = new BodyReader(settings);
		this.routing = routing;
		this.idempotentRequests = idempotentRequests;
		this.responses = responses;
		this.clients = clients;
	}

	void handle(Exchange received, Endpoint endpoint) throws IOException, Rejection, InvalidRequestException {
		Configuration configuration = this.configurations.current();
		// Before the body: memory is for those who may ask.
		KeyIdentity identity = this.authenticator.authenticate(received.request(), configuration,
				received.receivedAt());
		String idempotencyKey = RequestHeaders.idempotencyKey(received.request());
		try (Reservation reservation = this.memory.open()) {
			Exchange exchange = received.dialect() instanceof ResponsesDialect ? received.in(new ResponsesDialect(
					new ProjectConversations(this.responses, identity, reservation, this.settings))) : received;
			BodyReader.Body body = this.bodies.read(exchange.request(), reservation);
			Dialect.Reading reading = read(exchange, endpoint, body, reservation);
			AiRequest request = request(exchange, identity, reading.document());
			if (idempotencyKey == null) {
				answer(exchange,
						serve(exchange, request, reading, configuration, sink(exchange, reading, reservation, null)));
				return;
			}
			Optional<IdempotentRequests.Open> claim = this.idempotentRequests.begin(exchange, identity, idempotencyKey,
					body);
			if (claim.isPresent()) {
				ServletAnswerSink.Copy copy = identity.storesAnswers()
						? new ServletAnswerSink.Copy(reservation, this.settings.storedAnswerMax().toBytes()) : null;
				serveOnce(exchange, request.goingOnWhile(claim.get()::stands), reading, configuration, claim.get(),
						copy, reservation);
			}
		}
	}

	private Dialect.Reading read(Exchange exchange, Endpoint endpoint, BodyReader.Body body, Reservation reservation)
			throws Rejection, InvalidRequestException {
		boolean dropUnsupported = RequestHeaders.dropUnsupported(exchange.request());
		return read(exchange.dialect(), body, reservation, this.settings.retryAfter(),
				() -> exchange.dialect().read(endpoint, body.bytes(), body.length(), dropUnsupported));
	}

	/** Has a request read, within the share of memory. */
	static Dialect.Reading read(Dialect dialect, BodyReader.Body body, Reservation reservation, Duration retryAfter,
			Reader reader) throws Rejection, InvalidRequestException {
		long memory = dialect.memoryToRead(body.length());
		if (!reservation.grow(memory)) {
			throw new Rejection(Errors.overloaded(
					"Too many request bodies are in flight together. Try again shortly, or send a shorter one.",
					retryAfter));
		}
		Dialect.Reading reading = reader.read();
		reservation.shrink(Math.max(0, memory - reading.document().length()));
		return reading;
	}

	/** Reads a request in its dialect. */
	@FunctionalInterface
	interface Reader {

		Dialect.Reading read() throws InvalidRequestException;

	}

	private AnswerSink sink(Exchange exchange, Dialect.Reading reading, Reservation reservation,
			ServletAnswerSink.@Nullable Copy copy) {
		return exchange.dialect()
			.answering(new ServletAnswerSink(exchange, this.clients, copy), reading, exchange.id(), reservation);
	}

	private void serveOnce(Exchange exchange, AiRequest request, Dialect.Reading reading, Configuration configuration,
			IdempotentRequests.Open claim, ServletAnswerSink.@Nullable Copy copy, Reservation reservation)
			throws IOException, Rejection {
		Outcome outcome;
		try {
			outcome = serve(exchange, request, reading, configuration, sink(exchange, reading, reservation, copy));
		}
		catch (Rejection | StaleConfigurationException ex) {
			// A request starts over only where it held nothing: no upstream was called.
			claim.abandon();
			throw ex;
		}
		catch (BillingUnavailableException ex) {
			// Whether an earlier attempt reached an upstream is not known here: billing
			// resolves the claim by its holds and lines.
			throw ex;
		}
		catch (RuntimeException | Error ex) {
			claim.finish(null);
			throw ex;
		}
		resolve(exchange, claim, outcome, copy);
		answer(exchange, outcome);
	}

	private static void resolve(Exchange exchange, IdempotentRequests.Open claim, Outcome outcome,
			ServletAnswerSink.@Nullable Copy copy) {
		switch (outcome) {
			case Outcome.Answered answered -> claim.finish(stored(answered, copy));
			// It was paid for: the client that asks again gets it.
			case Outcome.ClientGone gone -> claim.finish(stored(gone.missed(), copy));
			case Outcome.Refused refused -> {
				if (refused.attempts() == 0) {
					claim.abandon();
				}
				else {
					claim.finish(new StoredAnswer(refused.error().status(), Answers.JSON,
							exchange.dialect().error(refused.error(), exchange.id())));
				}
			}
			case Outcome.BrokenOff _ -> claim.finish(null);
		}
	}

	private static @Nullable StoredAnswer stored(Outcome.@Nullable Answered answered,
			ServletAnswerSink.@Nullable Copy copy) {
		byte[] bytes = (answered != null && copy != null) ? copy.bytes() : null;
		return (answered != null && bytes != null) ? new StoredAnswer(answered.status(), answered.contentType(), bytes)
				: null;
	}

	private void answer(Exchange exchange, Outcome outcome) throws IOException {
		switch (outcome) {
			case Outcome.Refused refused -> {
				if (refused.attempts() > 0) {
					exchange.response().setHeader(ResponseHeaders.ATTEMPTS, Integer.toString(refused.attempts()));
				}
				Answers.error(exchange.response(), refused.error(), exchange.dialect(), exchange.id());
			}
			case Outcome.Answered _ -> {
			}
			case Outcome.BrokenOff broken -> cut(exchange, broken.error());
			case Outcome.ClientGone _ -> throw new ClientGoneException();
		}
	}

	/**
	 * A stream of events told what broke it; of anything else only a cut connection says
	 * that it is not whole.
	 */
	private static void cut(Exchange exchange, ApiError error) {
		String type = exchange.response().getContentType();
		if (type == null || !type.startsWith("text/event-stream")) {
			ErrorValve.leave(exchange, error);
		}
	}

	/**
	 * Serves a request by one version of the configuration; where the budgets are newer
	 * than that, starts over with the newer one, the key's rights included. An
	 * idempotency key that went to a repetition is noticed here: that changes the
	 * budgets' epoch.
	 */
	private Outcome serve(Exchange exchange, AiRequest first, Dialect.Reading reading, Configuration current,
			AnswerSink sink) throws Rejection {
		AiRequest request = first;
		Configuration configuration = current;
		for (int refreshes = 0; refreshes <= REFRESHES_MAX; refreshes++) {
			try {
				Outcome outcome = this.routing.serve(request, configuration.routing(), sink);
				return (outcome instanceof Outcome.Refused(ApiError error, int attempts))
						? new Outcome.Refused(reading.told(error), attempts) : outcome;
			}
			catch (BudgetsChangedException _) {
				configuration = this.configurations.refresh();
				KeyIdentity identity = this.authenticator.authenticate(exchange.request(), configuration,
						exchange.receivedAt());
				request = request(exchange, identity, request.document()).goingOnWhile(first.mayGoOn());
				// After the refresh: a take-over from here on makes this request stale
				// again.
				if (!request.mayGoOn().getAsBoolean()) {
					throw IdempotentRequests.takenOver();
				}
			}
		}
		return new Outcome.Refused(Errors.unavailable("budgets_changing",
				"The budgets above this request are being changed. Try again.", this.settings.retryAfter()), 0);
	}

	static AiRequest request(Exchange exchange, KeyIdentity identity, RequestDocument document) throws Rejection {
		String task = RequestHeaders.task(exchange.request(), document, identity);
		ChargeTo chargeTo = new ChargeTo(identity.tenant(), identity.team(), identity.project(), identity.key(),
				identity.costCentre(), task, RequestHeaders.tags(exchange.request(), identity),
				identity.requestsPerMinute(), identity.tokensPerMinute());
		return new AiRequest(exchange.id(), chargeTo, document, identity.allowedNames(),
				RequestHeaders.dataClass(exchange.request()), exchange.receivedAt())
			.droppingUnsupported(RequestHeaders.dropUnsupported(exchange.request()));
	}

}
