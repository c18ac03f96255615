package io.exchequer.routing.execution;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.kernel.Money;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.PriceCard;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.CostBounds;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.strategy.RouteCandidate;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.routing.wire.WorstCase;
import org.jspecify.annotations.Nullable;

/**
 * Gets one request's attempts admitted: bounds the worst case, asks for the hold, lowers
 * the output limit where a budget leaves no room for the whole. Used by one thread.
 */
final class Admitter {

	/** How often a limit is lowered, or a changed budget read again, for one attempt. */
	private static final int TRIES_MAX = 4;

	private final Route route;

	private final Asking asking;

	private final Trace trace;

	private final RequestDocument document;

	private final int outputMade;

	/**
	 * Makes an admitter.
	 * @param outputMade the tokens of the answer that are there already, which leave the
	 * fewer to ask for
	 */
	Admitter(Route route, Asking asking, Trace trace, int outputMade) {
		this.route = route;
		this.asking = asking;
		this.trace = trace;
		this.document = route.request().document();
		this.outputMade = outputMade;
	}

	/** Whom the hold is asked of. */
	interface Asking {

		/**
		 * Returns whether a hard limit stands above the request, as budgets were last
		 * read.
		 */
		boolean hardLimited(Deployment deployment);

		Admission admit(Deployment deployment, PriceCard card, long nanos, long tokens, boolean refuseOverSoftLimit);

	}

	/** What came of asking. */
	sealed interface Step {

		/** The worst case is held. */
		record Held(Admission.Granted granted, OutputLimit limit, boolean bounded) implements Step {
		}

		/** It is not. */
		record Not(AttemptResult result) implements Step {
		}

	}

	/**
	 * Holds a candidate's worst case, or says why not.
	 */
	Step admit(RouteCandidate candidate) {
		try {
			return bound(candidate);
		}
		catch (BillingUnavailableException ex) {
			return new Step.Not(new AttemptResult.Refused(unavailable()));
		}
	}

	private Step bound(RouteCandidate candidate) {
		Deployment deployment = candidate.deployment();
		boolean hardLimited = this.asking.hardLimited(deployment);
		PriceCard card = candidate.priceCard();
		if (card == null) {
			if (hardLimited) {
				return not(ReasonCode.UNPRICED, Exclusions.unpriced(deployment.name()));
			}
			card = UnpricedCard.of(deployment);
		}
		OutputLimit whole = OutputLimit.of(this.document, deployment.model().capabilities(), this.route.policy());
		if (whole.isUsedUpBy(this.outputMade)) {
			return new Step.Not(new AttemptResult.Blocked(ReasonCode.NO_CONTINUATION));
		}
		OutputLimit limit = whole.without(this.outputMade);
		return switch (WorstCase.bound(this.document, deployment.model().capabilities(), card, limit.tokens(),
				candidate.inputTokensAdded())) {
			case WorstCase.Bounded bounded -> hold(candidate, card, limit, bounded, candidate.priceCard() != null);
			case WorstCase.Unbounded unbounded when hardLimited ->
				not(ReasonCode.UNBOUNDED, ApiError.invalid("unbounded_cost", unbounded.message(), unbounded.param()));
			case WorstCase.Unbounded _ -> holdUnbounded(candidate, card, limit);
		};
	}

	/**
	 * Asks for the hold until there is an answer.
	 * @param proven whether the amount is a worst case at real prices; what is not, is
	 * decided anew where the budgets read again have a hard limit
	 */
	private Step hold(RouteCandidate candidate, PriceCard card, OutputLimit asked, WorstCase.Bounded whole,
			boolean proven) {
		OutputLimit limit = asked;
		WorstCase.Bounded bound = whole;
		Admission.OverBudget inTheWay = null;
		for (int tries = 0; tries < TRIES_MAX; tries++) {
			switch (this.asking.admit(candidate.deployment(), card, bound.nanos(), bound.tokens(),
					!this.trace.isOverSoftLimit())) {
				case Admission.Granted granted -> {
					return new Step.Held(granted, limit, true);
				}
				case Admission.OverBudget over when over.soft() -> {
					this.trace.overSoftLimit();
					if (this.route.cheaperOverSoftLimit()) {
						return new Step.Not(new AttemptResult.OverSoftLimit());
					}
				}
				case Admission.OverBudget over -> {
					inTheWay = over;
					int fits = fits(candidate, card, limit, over);
					if (fits == 0 || !(WorstCase.bound(this.document, candidate.deployment().model().capabilities(),
							card, fits, candidate.inputTokensAdded()) instanceof WorstCase.Bounded lower)) {
						return new Step.Not(new AttemptResult.OverBudget(over));
					}
					limit = limit.clampedTo(fits);
					bound = lower;
				}
				case Admission.OverRate over -> {
					return new Step.Not(new AttemptResult.Refused(overRate(over, bound.tokens())));
				}
				case Admission.NoRate noRate -> {
					return not(ReasonCode.NO_RATE, noRate(noRate));
				}
				case Admission.ShareGone _ -> {
					return new Step.Not(new AttemptResult.Refused(shareGone()));
				}
				case Admission.StaleConfiguration _ -> {
					// The account has read the budgets again, if it can.
					if (!this.route.request().mayGoOn().getAsBoolean()) {
						return new Step.Not(new AttemptResult.Refused(takenOver()));
					}
					if (!proven && this.asking.hardLimited(candidate.deployment())) {
						return bound(candidate);
					}
				}
			}
		}
		return new Step.Not(
				(inTheWay != null) ? new AttemptResult.OverBudget(inTheWay) : new AttemptResult.Refused(busy()));
	}

	/**
	 * Nothing bounds the cost, and no hard budget minds: what is expected is held.
	 */
	private Step holdUnbounded(RouteCandidate candidate, PriceCard card, OutputLimit limit) {
		BigDecimal expected = candidate.expectedNanos();
		long nanos = (expected != null) ? expected.setScale(0, java.math.RoundingMode.CEILING).longValue() : 0;
		long tokens = (long) this.document.inputTokensExpected() + limit.tokens();
		Step step = hold(candidate, card, limit, new WorstCase.Bounded(nanos, tokens), false);
		return (step instanceof Step.Held held) ? new Step.Held(held.granted(), held.limit(), false) : step;
	}

	/**
	 * Returns the greatest lower output limit that fits what is left, or 0 where it would
	 * be less than the policy's minimum.
	 */
	private int fits(RouteCandidate candidate, PriceCard card, OutputLimit limit, Admission.OverBudget over) {
		int least = this.route.minOutput();
		if (!this.document.endpoint().limitsOutput() || limit.tokens() <= least
				|| over.remainingNanos().signum() <= 0) {
			return 0;
		}
		if (!card.currency().equals(over.currency())) {
			return least;
		}
		Capabilities capabilities = candidate.deployment().model().capabilities();
		long left = over.remainingNanos().min(BigDecimal.valueOf(Long.MAX_VALUE)).longValue();
		int fits = Math.min(
				WorstCase.maxOutputFor(this.document, capabilities, card, left, candidate.inputTokensAdded()),
				limit.tokens() - 1);
		return (fits >= least) ? fits : 0;
	}

	private static Step not(ReasonCode reason, ApiError error) {
		return new Step.Not(new AttemptResult.Excluded(reason, error));
	}

	static ApiError overBudget(Admission.OverBudget over) {
		String currency = over.currency().getCurrencyCode();
		String limit = Money.plain(over.limitNanos());
		String left = Money.plain(over.remainingNanos());
		Map<String, String> details = new LinkedHashMap<>();
		details.put("budget", over.budgetName());
		details.put("limit", limit);
		details.put("remaining", left);
		details.put("currency", currency);
		if (over.renewsAt() != null) {
			details.put("renews_at", over.renewsAt().toString());
		}
		String renewal = (over.renewsAt() != null) ? "it renews at " + over.renewsAt() : "it does not renew";
		return ApiError
			.of(402, "insufficient_quota", "budget_exceeded",
					"budget '" + over.budgetName() + "' has " + left + " " + currency + " left of its limit of " + limit
							+ " " + currency + ", less than the most this request may cost; " + renewal
							+ ". Lower the output limit, or ask the budget's owner")
			.withDetails(details);
	}

	private static ApiError overRate(Admission.OverRate over, long tokens) {
		String what = over.tokens() ? "tokens" : "requests";
		if (over.tokens() && tokens > over.limit()) {
			return new ApiError(429, "rate_limit_error", "rate_limit_exceeded",
					"the request may use up to " + tokens + " tokens, more than the key's limit of " + over.limit()
							+ " a minute ever allows: lower the output limit or shorten the input",
					null, over.retryAfter());
		}
		return new ApiError(
				429, "rate_limit_error", "rate_limit_exceeded", "the key's limit of " + over.limit() + " " + what
						+ " per minute is reached; try again in " + Math.max(1, over.retryAfter().toSeconds()) + " s",
				null, over.retryAfter());
	}

	private static ApiError noRate(Admission.NoRate noRate) {
		return ApiError.invalid("no_exchange_rate",
				"no exchange rate is in force from " + noRate.cardCurrency().getCurrencyCode()
						+ ", the model's currency, to " + noRate.budgetCurrency().getCurrencyCode()
						+ ", that of budget '" + noRate.budgetName() + "'; ask an administrator to enter one",
				"model");
	}

	static ApiError unavailable() {
		return new ApiError(503, "server_error", "billing_unavailable",
				"the request could not be held against its budgets; try again", null, Duration.ofSeconds(1));
	}

	private static ApiError takenOver() {
		return ApiError.of(409, "invalid_request_error", "idempotency_taken_over",
				"a repetition with the same idempotency key was served instead of this request");
	}

	private static ApiError shareGone() {
		return ApiError.of(409, "invalid_request_error", CostBounds.SHARE_GONE,
				"what was set aside for this request was used by an earlier call, or was given back");
	}

	private static ApiError busy() {
		return new ApiError(503, "server_error", "budgets_changing",
				"the budgets above the request keep changing; try again", null, Duration.ofSeconds(1));
	}

	/** Returns the warning that a soft limit was passed, or null. */
	static @Nullable String warning(Trace trace) {
		return trace.isOverSoftLimit() ? "soft_limit_exceeded" : null;
	}

}
