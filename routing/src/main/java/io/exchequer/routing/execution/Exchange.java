package io.exchequer.routing.execution;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.Settled;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.OpenAiErrors;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.routing.wire.SplicedBody;
import io.exchequer.routing.wire.WireDialect;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out one held attempt: calls the upstream, passes the answer on, and settles or
 * releases the hold, exactly once. Used by one thread.
 */
final class Exchange {

	private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

	private final Services services;

	private final Route route;

	private final Account account;

	private final Trace trace;

	private final AnswerSink sink;

	private final HeldAttempt attempt;

	private final Instant commitDeadline;

	private @Nullable UpstreamAnswer answer;

	private boolean placeReturned;

	private boolean settling;

	private boolean begun;

	/**
	 * Makes an exchange.
	 * @param commitDeadline when the time of all attempts before the commit point is over
	 */
	Exchange(Services services, Route route, Account account, Trace trace, AnswerSink sink, HeldAttempt attempt,
			Instant commitDeadline) {
		this.services = services;
		this.route = route;
		this.account = account;
		this.trace = trace;
		this.sink = sink;
		this.attempt = attempt;
		this.commitDeadline = commitDeadline;
	}

	AttemptResult run() {
		try {
			return call();
		}
		catch (UpstreamFailure ex) {
			return fail(ex);
		}
		catch (RuntimeException ex) {
			LOG.error("Request {} met a fault", this.route.request().id(), ex);
			return fault();
		}
	}

	/**
	 * Whatever happened, the hold is closed: at its full amount, since a call was made.
	 */
	private AttemptResult fault() {
		if (!this.placeReturned) {
			this.placeReturned = true;
			this.attempt.state().unused();
		}
		if (!this.settling) {
			estimate("internal_error", null);
		}
		ApiError error = ApiError.of(500, "server_error", "internal_error", "the request met a fault here");
		return this.begun ? new AttemptResult.Done(brokenOff(error)) : refused(error);
	}

	/** The answer has begun: the fault is told in a stream, lest it look complete. */
	private Outcome brokenOff(ApiError error) {
		if (this.route.request().document().stream()) {
			byte[] event = OpenAiErrors.event(error);
			try {
				this.sink.write(event, 0, event.length);
				this.sink.flush();
			}
			catch (IOException | RuntimeException ex) {
				return new Outcome.ClientGone();
			}
		}
		return new Outcome.BrokenOff(error);
	}

	private AttemptResult call() throws UpstreamFailure {
		Deployment deployment = this.attempt.deployment();
		UpstreamProvider provider = this.services.providers().get(deployment.provider().kind());
		if (provider == null) {
			throw new UpstreamFailure(FailureClass.NOT_ATTEMPTED, "no provider", false, null, 0);
		}
		RequestDocument document = this.route.request().document();
		SplicedBody body = document.splice(deployment.upstreamModel(),
				this.attempt.limit().spliced() ? this.attempt.limit().tokens() : null, WireDialect.of(deployment));
		try (UpstreamAnswer opened = provider.call(new UpstreamCall(withinDeadline(deployment), document.endpoint(),
				body, document.stream(), this.route.request().id(), deadline(deployment, document.stream())))) {
			this.answer = opened;
			return document.stream() ? new StreamExchange(this, opened).run() : whole(opened, document);
		}
	}

	/** The head must arrive within what is left before the commit point. */
	private Deployment withinDeadline(Deployment deployment) {
		DeploymentSettings own = deployment.settings();
		Duration left = Duration.between(now(), this.commitDeadline);
		if (left.compareTo(own.firstByteTimeout()) >= 0) {
			return deployment;
		}
		Duration firstByte = left.isPositive() ? left : Duration.ofMillis(1);
		DeploymentSettings within = new DeploymentSettings(own.connectTimeout(), firstByte, own.idleTimeout(),
				own.totalTimeout(), own.maxConcurrent(), own.retries(), own.onDisconnect(), own.options());
		return new Deployment(deployment.id(), deployment.name(), deployment.model(), deployment.provider(),
				deployment.upstreamModel(), deployment.credential(), deployment.dataClass(), within,
				deployment.enabled(), deployment.quarantined());
	}

	/** A whole answer commits at its end; a stream may go on after its commit point. */
	private Instant deadline(Deployment deployment, boolean stream) {
		Instant own = now().plus(deployment.settings().totalTimeout());
		return (stream || own.isBefore(this.commitDeadline)) ? own : this.commitDeadline;
	}

	private AttemptResult whole(UpstreamAnswer opened, RequestDocument document) throws UpstreamFailure {
		CompleteAnswer complete = CompleteAnswer.read(document.endpoint(), opened,
				(int) this.services.settings().answerMax().toBytes());
		long millis = millisSince(this.attempt.startedMillis());
		answered(opened.status(), millis);
		TokenUsage usage = complete.usage();
		if (usage != null) {
			this.attempt.state().observe(0, usage.outputTokens(), millis, this.services.clock().millis());
		}
		if (settle(usage, complete.serviceTier(), "answered") == null) {
			return refused(Admitter.unavailable());
		}
		Money cost = this.account.total();
		try {
			this.sink.begin(head(opened, complete.length(), cost));
			this.sink.write(complete.bytes(), 0, complete.length());
			this.sink.flush();
		}
		catch (IOException ex) {
			return new AttemptResult.Done(new Outcome.ClientGone());
		}
		byte[] body = (complete.bytes().length == complete.length()) ? complete.bytes()
				: Arrays.copyOf(complete.bytes(), complete.length());
		return new AttemptResult.Done(new Outcome.Answered(opened.status(), contentType(opened), body, cost));
	}

	/** What was read as JSON is told as JSON, whatever the upstream called it. */
	private String contentType(UpstreamAnswer opened) {
		return this.route.request().document().stream() ? opened.contentType() : "application/json";
	}

	/** Returns whether the platform asks this deployment for a stream's usage. */
	boolean asksForUsage() {
		return WireDialect.of(this.attempt.deployment()).streamUsage();
	}

	AnswerSink.Head head(UpstreamAnswer opened, long length, @Nullable Money cost) {
		this.begun = true;
		Deployment deployment = this.attempt.deployment();
		return new AnswerSink.Head(opened.status(), contentType(opened), length, deployment.model().name(),
				deployment.name(), this.account.attempts(), this.attempt.clampedTo(), cost,
				Admitter.warning(this.trace));
	}

	/** Gives the deployment its place back and notes that it answered. */
	void answered(int status, long millis) {
		this.placeReturned = true;
		this.attempt.state().succeeded(millis);
		this.trace.answered(this.attempt.candidate(), status, this.attempt.clampedTo(), millis);
		this.services.metrics().attempt(this.attempt.deployment(), null);
	}

	/**
	 * Settles by what the provider reported, the decision record with it.
	 * @return null where it is not durable yet
	 */
	@Nullable Settled settle(@Nullable TokenUsage usage, String serviceTier, String outcome) {
		DecisionRow decision = this.trace.row(outcome);
		this.settling = true;
		try {
			return this.account.settle(this.attempt, usage, serviceTier, upstreamRequestId(), decision);
		}
		catch (BillingUnavailableException ex) {
			LOG.warn("The settlement of request {} waits for the database", this.route.request().id());
			return null;
		}
	}

	/**
	 * The client went away and its deployment says to cancel: the connection is cut, and
	 * what was used is unknown unless the stream told it already.
	 */
	AttemptResult cancelled(@Nullable TokenUsage finalUsage, String serviceTier) {
		if (this.answer != null) {
			this.answer.abort();
		}
		this.placeReturned = true;
		this.attempt.state().unused();
		this.trace.mark(this.attempt.candidate(), ReasonCode.CHOSEN);
		if (finalUsage != null) {
			settle(finalUsage, serviceTier, "client_gone");
		}
		else {
			estimate("client_cancelled", this.trace.row("client_gone"));
		}
		return new AttemptResult.Done(new Outcome.ClientGone());
	}

	/**
	 * The stream broke after the commit point, or while it was read to its end for a
	 * client that is gone.
	 * @param finalUsage what it told before, or null
	 */
	void broken(UpstreamFailure failure, @Nullable TokenUsage finalUsage, String serviceTier, String outcome) {
		noteFailure(failure);
		if (finalUsage != null) {
			settle(finalUsage, serviceTier, outcome);
		}
		else {
			estimate(Failures.estimatedReason(failure.failureClass()), this.trace.row(outcome));
		}
	}

	private AttemptResult fail(UpstreamFailure failure) {
		noteFailure(failure);
		if (failure.mayHaveCost()) {
			estimate(Failures.estimatedReason(failure.failureClass()), null);
		}
		else {
			this.settling = true;
			this.account.release(this.attempt.hold());
		}
		return new AttemptResult.Failed(failure, Failures.mayPass(failure.failureClass()));
	}

	private void estimate(String reason, @Nullable DecisionRow decision) {
		this.settling = true;
		this.account.estimate(this.attempt, reason, upstreamRequestId(), decision);
	}

	private void noteFailure(UpstreamFailure failure) {
		this.placeReturned = true;
		long millis = millisSince(this.attempt.startedMillis());
		this.attempt.state().failed(millis, failure);
		this.services.states().coolDown(this.attempt.state(), failure);
		this.trace.failed(this.attempt.candidate(), failure.failureClass(), failure.status(), this.attempt.clampedTo(),
				millis);
		this.services.metrics().attempt(this.attempt.deployment(), failure.failureClass());
	}

	private AttemptResult refused(ApiError error) {
		return new AttemptResult.Done(new Outcome.Refused(error, this.account.attempts()));
	}

	private @Nullable String upstreamRequestId() {
		return (this.answer != null) ? this.answer.upstreamRequestId() : null;
	}

	Services services() {
		return this.services;
	}

	Route route() {
		return this.route;
	}

	Account account() {
		return this.account;
	}

	AnswerSink sink() {
		return this.sink;
	}

	HeldAttempt attempt() {
		return this.attempt;
	}

	boolean isPastCommitDeadline() {
		return now().isAfter(this.commitDeadline);
	}

	long millisSince(long startMillis) {
		return Math.max(0, this.services.clock().millis() - startMillis);
	}

	private Instant now() {
		return this.services.clock().instant();
	}

}
