package io.exchequer.routing.execution;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.ReserveShare;
import io.exchequer.billing.Settled;
import io.exchequer.billing.Settlement;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.registry.Credential;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.PriceCard;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.BudgetsChangedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request's dealings with billing. Used by one thread.
 */
final class Account implements Admitter.Asking {

	private static final Logger LOG = LoggerFactory.getLogger(Account.class);

	private static final String DEFAULT_TIER = "default";

	private final Services services;

	private final AiRequest request;

	private BudgetSnapshot budgets;

	private int attempts;

	/**
	 * The tokens that failed attempts go on counting against the key's limit in the
	 * calendar minute of the latest of them.
	 */
	private long tokensCounted;

	private Instant tokensCountedIn = Instant.MIN;

	/** What is set aside for the next attempt, or null. */
	private @Nullable ReserveShare share;

	private @Nullable Money total;

	private boolean totalKnown = true;

	private boolean overBound;

	Account(Services services, AiRequest request, BudgetSnapshot budgets) {
		this.services = services;
		this.request = request;
		this.share = request.share();
		this.budgets = budgets;
	}

	/** Returns how many attempts were held so far. */
	int attempts() {
		return this.attempts;
	}

	/** Returns whether an attempt cost more than its proven bound. */
	boolean isOverBound() {
		return this.overBound;
	}

	@Override
	public boolean hardLimited(Deployment deployment) {
		return this.budgets.hardLimited(this.request.chargeTo(), deployment.model().id());
	}

	/** Returns what all settled attempts cost together, or null where that is no sum. */
	@Nullable Money total() {
		return this.totalKnown ? this.total : null;
	}

	/**
	 * Asks for a hold. What an attempt that failed counts against the key's tokens per
	 * minute serves for the next one of the same minute too: a limit that one answer fits
	 * does not stand in the way of its fallback. In the next minute nothing is counted
	 * yet.
	 * @throws BudgetsChangedException if the budgets changed and this is the request's
	 * first attempt
	 * @throws BillingUnavailableException if the database could not decide in time, or
	 * the changed budgets could not be read
	 */
	@Override
	public Admission admit(Deployment deployment, PriceCard card, long nanos, long tokens,
			boolean refuseOverSoftLimit) {
		ReserveShare drawn = this.share;
		Instant now = this.services.clock().instant();
		long counted = minute(now).equals(this.tokensCountedIn) ? this.tokensCounted : 0;
		Admission admission = this.services.billing()
			.admit(new HoldRequest(this.services.ids().next(), this.request.id(), this.attempts + 1,
					this.request.chargeTo(), deployment, card, nanos, Math.max(0, tokens - counted),
					refuseOverSoftLimit, this.budgets, (drawn != null) ? drawn.reservedAt() : now, drawn));
		switch (admission) {
			case Admission.Granted _ -> {
				this.attempts++;
				this.share = null;
			}
			case Admission.StaleConfiguration _ -> refreshBudgets();
			case Admission.OverBudget _, Admission.OverRate _, Admission.NoRate _, Admission.ShareGone _ -> {
			}
		}
		return admission;
	}

	private void refreshBudgets() {
		if (this.attempts == 0) {
			throw new BudgetsChangedException();
		}
		if (this.services.freshBudgets() != null) {
			this.budgets = this.services.freshBudgets().refresh();
		}
	}

	/**
	 * Settles an attempt by what the provider reported.
	 * @param usage what it reported; where null, the hold's full amount is posted as an
	 * estimate
	 * @throws BillingUnavailableException if it is not durable yet
	 */
	Settled settle(HeldAttempt attempt, @Nullable TokenUsage usage, String serviceTier,
			@Nullable String upstreamRequestId, @Nullable DecisionRow decision) {
		return post(attempt, usage, (usage != null) ? null : "usage_missing", serviceTier, upstreamRequestId, decision);
	}

	/**
	 * Settles an attempt at its hold's full amount.
	 * @param reason why it is an estimate
	 * @return what was posted, or null where it is not durable yet and goes on being
	 * tried in the background
	 */
	@Nullable Settled estimate(HeldAttempt attempt, String reason, @Nullable String upstreamRequestId,
			@Nullable DecisionRow decision) {
		count(attempt.hold().request());
		try {
			return post(attempt, null, reason, DEFAULT_TIER, upstreamRequestId, decision);
		}
		catch (BillingUnavailableException ex) {
			this.totalKnown = false;
			LOG.warn("The settlement of request {} waits for the database", this.request.id());
			return null;
		}
	}

	private void count(HoldRequest failed) {
		Instant minute = minute(failed.at());
		if (!minute.equals(this.tokensCountedIn)) {
			this.tokensCountedIn = minute;
			this.tokensCounted = 0;
		}
		this.tokensCounted += failed.worstCaseTokens();
	}

	/** Returns the minute that billing counts a hold's tokens in. */
	private static Instant minute(Instant at) {
		return at.truncatedTo(ChronoUnit.MINUTES);
	}

	private Settled post(HeldAttempt attempt, @Nullable TokenUsage usage, @Nullable String estimatedReason,
			String serviceTier, @Nullable String upstreamRequestId, @Nullable DecisionRow decision) {
		Credential credential = attempt.deployment().credential();
		Settled settled = this.services.billing()
			.settle(new Settlement(attempt.hold(), usage, estimatedReason, serviceTier,
					(credential != null) ? credential.id() : null, upstreamRequestId, decision,
					this.services.clock().instant(), attempt.bounded()));
		add(settled.cost());
		if (usage != null) {
			this.services.metrics().tokens(attempt.deployment(), usage);
		}
		if (settled.overBound()) {
			this.overBound = true;
			// Out before it costs more; should this process die first, another finds the
			// evidence.
			this.services.overBounds().lookNow();
		}
		return settled;
	}

	private void add(Money cost) {
		if (this.total == null) {
			this.total = cost;
		}
		else if (this.total.currency().equals(cost.currency())) {
			this.total = this.total.plus(cost);
		}
		else {
			this.totalKnown = false;
		}
	}

	/**
	 * Gives a hold back whose attempt certainly cost nothing; what it drew may be drawn
	 * again.
	 */
	void release(Hold hold) {
		this.services.billing().release(hold, null);
		this.share = hold.request().share();
	}

	/** Writes a decision record by itself; a database that does not answer loses it. */
	void record(DecisionRow decision) {
		try {
			this.services.billing().record(decision);
		}
		catch (BillingUnavailableException ex) {
			LOG.warn("The decision on request {} could not be written", this.request.id());
		}
	}

}
