package io.exchequer.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.IdempotencyService.Claim;
import io.exchequer.billing.IdempotencyService.StoredAnswer;
import io.exchequer.billing.IdempotencyService;
import io.exchequer.billing.RequestCosts.RequestCost;
import io.exchequer.billing.RequestCosts;
import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.routing.ApiError;
import io.exchequer.tenancy.KeyIdentity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Lets a request with an {@code Idempotency-Key} happen once.
 */
final class IdempotentRequests {

	private static final Logger log = LoggerFactory.getLogger(IdempotentRequests.class);

	private final IdempotencyService service;

	private final RequestCosts costs;

	private final Clock clock;

	IdempotentRequests(IdempotencyService service, RequestCosts costs, Clock clock) {
		this.service = service;
		this.costs = costs;
		this.clock = clock;
	}

	/**
	 * Claims a key for a request, or answers with what became of the first one.
	 * @return the claim, which the caller must resolve; or empty where the stored answer
	 * was sent again
	 * @throws Rejection if the key is in flight, was used with another body, or has
	 * finished without a stored answer
	 * @throws IOException if the client is gone
	 */
	Optional<Open> begin(Exchange exchange, KeyIdentity identity, String key, BodyReader.Body body)
			throws Rejection, IOException {
		// Not since the request began: a claim that is as old as a slow body would be
		// taken for one whose process has died.
		Claim claim = this.service.begin(identity.tenant(), identity.key(), key, sha256(exchange.dialect(), body),
				exchange.id(), this.clock.instant());
		return switch (claim) {
			case Claim.Started _ -> Optional.of(new Open(identity, key, exchange.id()));
			case Claim.InFlight inFlight -> throw inFlight(inFlight.requestId());
			case Claim.DifferentBody other -> throw differentBody(other.requestId());
			case Claim.Finished finished -> {
				StoredAnswer answer = finished.answer();
				if (answer == null) {
					throw finished(identity, finished.requestId());
				}
				ResponseHeaders.requestId(exchange, finished.requestId());
				exchange.response().setHeader(ResponseHeaders.REPLAYED, "true");
				Answers.bytes(exchange.response(), answer.status(), answer.contentType(), answer.body());
				yield Optional.empty();
			}
		};
	}

	private static Rejection inFlight(UUID first) {
		return conflict("idempotency_in_flight",
				"A request with this idempotency key is still running: " + first + ". Wait for its answer.",
				Map.of("request_id", first.toString()));
	}

	/** Says that a repetition has the key by now. */
	static Rejection takenOver() {
		return conflict("idempotency_taken_over",
				"This request took too long before it could be served, and a repetition with the same idempotency key went ahead of it. Wait for that one's answer.",
				Map.of());
	}

	private static Rejection differentBody(UUID first) {
		return new Rejection(new ApiError(422, Errors.typeOf(422), "idempotency_body_mismatch",
				"This idempotency key was used with another body, by the request " + first
						+ ". Use a new key for a new request.",
				RequestHeaders.IDEMPOTENCY_KEY, null, Map.of("request_id", first.toString())));
	}

	private Rejection finished(KeyIdentity identity, UUID first) {
		Map<String, String> details = new LinkedHashMap<>();
		details.put("request_id", first.toString());
		Optional<RequestCost> cost = this.costs.find(identity.tenant(), first);
		String told = "";
		if (cost.isPresent()) {
			RequestCost found = cost.get();
			details.put("cost", found.total().toPlainString());
			details.put("currency", found.total().currency().getCurrencyCode());
			details.put("settled", Boolean.toString(found.settled()));
			told = ", at a cost of " + found.total().toPlainString() + " " + found.total().currency().getCurrencyCode();
		}
		return conflict("idempotency_finished", "The request with this idempotency key has finished: " + first + told
				+ ". Its answer is not stored; use a new key to ask again.", details);
	}

	private static Rejection conflict(String code, String message, Map<String, String> details) {
		return new Rejection(
				new ApiError(409, Errors.typeOf(409), code, message, RequestHeaders.IDEMPOTENCY_KEY, null, details));
	}

	/** What is asked in two dialects is not the same, even where the bytes are. */
	private static byte[] sha256(Dialect dialect, BodyReader.Body body) {
		try {
			MessageDigest digest = MessageDigest.getInstance("SHA-256");
			if (dialect != Dialect.OPENAI) {
				digest.update(dialect.name().getBytes(StandardCharsets.UTF_8));
			}
			digest.update(body.bytes(), 0, body.length());
			return digest.digest();
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("every Java platform has SHA-256", ex);
		}
	}

	/**
	 * A claim that is this request's until it is finished or abandoned.
	 */
	final class Open {

		private final KeyIdentity identity;

		private final String key;

		private final UUID requestId;

		private Open(KeyIdentity identity, String key, UUID requestId) {
			this.identity = identity;
			this.key = key;
			this.requestId = requestId;
		}

		/**
		 * Whether the key is still this request's, or went to a repetition.
		 * @throws BillingUnavailableException if the database does not say
		 */
		boolean stands() {
			try {
				return IdempotentRequests.this.service.owns(this.identity.tenant(), this.identity.key(), this.key,
						this.requestId);
			}
			catch (DataAccessException ex) {
				throw new BillingUnavailableException("whose the idempotency key is could not be read", ex);
			}
		}

		/** An upstream may have been called: the key is used up. */
		void finish(@Nullable StoredAnswer answer) {
			try {
				IdempotentRequests.this.service.finish(this.identity.tenant(), this.identity.key(), this.key,
						this.requestId, this.identity.storesAnswers() ? answer : null,
						IdempotentRequests.this.clock.instant());
			}
			catch (RuntimeException ex) {
				left(ex);
			}
		}

		/** No upstream was called: the key may be used again. */
		void abandon() {
			try {
				IdempotentRequests.this.service.abandon(this.identity.tenant(), this.identity.key(), this.key,
						this.requestId);
			}
			catch (RuntimeException ex) {
				left(ex);
			}
		}

		/** The answer must not fail for it: billing resolves what is left in flight. */
		private void left(RuntimeException ex) {
			log.warn("The idempotency claim of request {} could not be resolved yet", this.requestId, ex);
		}

	}

}
