package io.exchequer.admin.connection;

import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;

import io.exchequer.billing.ChargeTo;
import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.BudgetsChangedException;
import io.exchequer.routing.DeploymentProbe;
import io.exchequer.routing.DeploymentProbe.Probed;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.tenancy.KeyIdentity;
import org.jspecify.annotations.Nullable;

/**
 * Makes the calls of one test, each a request of its own. Used by one thread.
 */
final class TestCalls {

	/** The task that the calls are charged under. */
	static final String TASK = "connection-test";

	/** How often a call starts over because its budgets changed meanwhile. */
	private static final int REFRESHES_MAX = 3;

	private final DeploymentProbe probe;

	private final ConfigurationSource configurations;

	private final Deployment deployment;

	private final ChargeTo chargeTo;

	private final Duration limit;

	private final Clock clock;

	private final Uuid7 ids;

	private Configuration configuration;

	TestCalls(DeploymentProbe probe, ConfigurationSource configurations, Configuration configuration,
			Deployment deployment, KeyIdentity payer, Duration limit, Clock clock, Uuid7 ids) {
		this.probe = probe;
		this.configurations = configurations;
		this.configuration = configuration;
		this.deployment = deployment;
		this.chargeTo = new ChargeTo(payer.tenant(), payer.team(), payer.project(), payer.key(), payer.costCentre(),
				TASK, payer.tags(), payer.requestsPerMinute(), payer.tokensPerMinute());
		this.limit = limit;
		this.clock = clock;
		this.ids = ids;
	}

	Called call(RequestDocument document) {
		UUID id = this.ids.next();
		AiRequest request = new AiRequest(id, this.chargeTo, document, Set.of(this.deployment.name()), null,
				this.clock.instant());
		for (int refreshes = 0; refreshes <= REFRESHES_MAX; refreshes++) {
			CapturedAnswer answer = new CapturedAnswer();
			try {
				Probed probed = this.probe.probe(request, this.deployment, this.configuration.routing(), this.limit,
						answer);
				return new Called(id, probed, answer, answer.elapsed());
			}
			catch (BudgetsChangedException ex) {
				this.configuration = this.configurations.refresh();
			}
		}
		return new Called(id,
				new Probed(new Outcome.Refused(ApiError.of(503, "server_error", "budgets_changing",
						"the budgets above the request keep changing; try again"), 0), null, false, null),
				new CapturedAnswer(), Duration.ZERO);
	}

	/**
	 * A call that was made.
	 *
	 * @param id the request's identifier
	 * @param probed what came of it
	 * @param answer what was answered
	 * @param took how long it took
	 */
	record Called(UUID id, Probed probed, CapturedAnswer answer, Duration took) {

		/** Returns whether an answer came whole. */
		boolean isAnswered() {
			return this.probed.outcome() instanceof Outcome.Answered && this.answer.isWhole();
		}

		/** Returns what it cost, or null where that is nothing or not known yet. */
		@Nullable Money cost() {
			return (this.probed.outcome() instanceof Outcome.Answered answered) ? answered.cost() : null;
		}

		/** Returns whether trying anything else would be in vain. */
		boolean isHopeless() {
			FailureClass failure = this.probed.failure();
			if (failure == null) {
				return this.probed.outcome() instanceof Outcome.Refused;
			}
			return switch (failure) {
				case QUOTA_EXHAUSTED, CREDENTIAL_REJECTED, MODEL_GONE, TIMEOUT, NETWORK, NOT_ATTEMPTED -> true;
				case RATE_LIMITED, OVERLOADED, SERVER_ERROR, CALLER_FAULT, CONTEXT_TOO_LONG, CONTENT_REFUSED,
						BROKEN_ANSWER ->
					false;
			};
		}

		/** Returns why no answer came whole, in the platform's own words. */
		String problem() {
			return switch (this.probed.outcome()) {
				case Outcome.Refused refused when this.probed.failure() == null ->
					"the platform refused the call (" + refused.error().code() + "): " + refused.error().message();
				case Outcome.Refused refused -> refused.error().message();
				case Outcome.BrokenOff broken -> "the stream broke off: " + broken.error().message();
				case Outcome.Answered _ -> "the answer is far longer than what was asked for";
				case Outcome.ClientGone _ -> "the call was given up";
			};
		}

	}

}
