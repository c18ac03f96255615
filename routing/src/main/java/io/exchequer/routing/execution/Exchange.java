package io.exchequer.routing.execution;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.Settled;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.PriceCard;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
import io.exchequer.routing.chat.Uncarried;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.CompleteAnswer.NoRoomException;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.routing.wire.SplicedBody;
import io.exchequer.routing.wire.UnitUsage;
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

	/**
	 * How far apart the clock that gives instants and the one that measures time-outs may
	 * get within an attempt.
	 */
	private static final long CLOCKS_APART_MILLIS = 100;

	private final Services services;

	private final Route route;

	private final Account account;

	private final Trace trace;

	private final AnswerSink sink;

	private final HeldAttempt attempt;

	private final Instant commitDeadline;

	private final @Nullable OpenStream open;

	private final AnswerRoom room;

	private final boolean last;

	private @Nullable UpstreamAnswer answer;

	private @Nullable StreamExchange stream;

	private @Nullable Awaited awaited;

	private boolean placeReturned;

	/** Whether the hold's end is durable, or goes on being tried in the background. */
	private boolean settled;

	private boolean begun;

	/**
	 * Makes an exchange.
	 * @param commitDeadline when the time of all attempts before the commit point is over
	 * @param open the client's stream to go on with, or null where nothing was sent yet
	 * @param room the memory of an answer that is no stream
	 * @param last whether no other attempt follows this one's failure
	 */
	Exchange(Services services, Route route, Account account, Trace trace, AnswerSink sink, HeldAttempt attempt,
			Instant commitDeadline, @Nullable OpenStream open, AnswerRoom room, boolean last) {
		this.services = services;
		this.route = route;
		this.account = account;
		this.trace = trace;
		this.sink = sink;
		this.attempt = attempt;
		this.commitDeadline = commitDeadline;
		this.open = open;
		this.room = room;
		this.last = last;
	}

	AttemptResult run() {
		try {
			return call();
		}
		catch (UpstreamFailure ex) {
			return (this.awaited != null && this.awaited.isClientGone()) ? left(ex) : fail(ex);
		}
		catch (RuntimeException | Error ex) {
			LOG.error("Request {} met a fault", this.route.request().id(), ex);
			return fault();
		}
	}

	/**
	 * Whatever happened, the hold is closed: at its full amount, since a call was made.
	 * An answer that had begun does not end as if it were whole.
	 */
	private AttemptResult fault() {
		if (!this.placeReturned) {
			this.placeReturned = true;
			this.attempt.state().unused();
			this.trace.stopped(this.attempt.candidate(), ReasonCode.FAULTED, status(), this.attempt.clampedTo(),
					millisSince(this.attempt.startedMillis()));
		}
		if (!this.settled) {
			estimate("internal_error", null);
		}
		ApiError error = internalError();
		if (!this.begun) {
			return refused(error);
		}
		return (this.stream != null) ? this.stream.tell(error) : new AttemptResult.Done(new Outcome.BrokenOff(error));
	}

	/** Says that the platform itself is at fault. */
	static ApiError internalError() {
		return ApiError.of(500, "server_error", "internal_error", "the request met a fault here");
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
		Awaited wait = Awaited.begin(deployment, this.sink);
		this.awaited = wait;
		boolean streams = document.stream() || document.endpoint() == Endpoint.AUDIO_SPEECH;
		Instant deadline = deadline(deployment, streams);
		UpstreamCall call = new UpstreamCall(deployment, document.endpoint(), body, document.stream(),
				this.route.request().id(), deadline, headTimeout(deployment.settings(), streams));
		try (UpstreamAnswer opened = provider.call(call)) {
			this.answer = opened;
			if (document.stream()) {
				wait.end();
				this.stream = new StreamExchange(this, opened, this.open);
				return this.stream.run();
			}
			if (streams) {
				return new BinaryExchange(this, opened, UnitUsage.of(document, null, card())).run(wait);
			}
			return whole(opened, document, wait, this.room.forAttempt(deadline));
		}
		catch (NoRoomException ex) {
			// First, lest the settlement run in an interrupted thread.
			wait.end();
			return wait.isClientGone() ? cancelled(null, "default") : noRoom();
		}
		finally {
			wait.end();
		}
	}

	/** The head must arrive within what is left before the commit point. */
	private Duration headTimeout(DeploymentSettings own, boolean stream) {
		Duration patience = headPatience(own, stream);
		Duration left = Duration.between(now(), this.commitDeadline);
		return (left.compareTo(patience) >= 0) ? patience : left.isPositive() ? left : Duration.ofMillis(1);
	}

	/**
	 * The head of a whole answer often comes only when all of it is made. Where nobody
	 * else could be asked, giving up before the attempt's time is over would lose what is
	 * paid for.
	 */
	private Duration headPatience(DeploymentSettings own, boolean stream) {
		boolean patient = this.last && !stream && own.totalTimeout().compareTo(own.firstByteTimeout()) > 0;
		return patient ? own.totalTimeout() : own.firstByteTimeout();
	}

	/** A whole answer commits at its end; a stream may go on after its commit point. */
	private Instant deadline(Deployment deployment, boolean stream) {
		Instant own = now().plus(deployment.settings().totalTimeout());
		return (stream || own.isBefore(this.commitDeadline)) ? own : this.commitDeadline;
	}

	private AttemptResult whole(UpstreamAnswer opened, RequestDocument document, Awaited wait,
			CompleteAnswer.Room memory) throws UpstreamFailure, NoRoomException {
		CompleteAnswer complete = CompleteAnswer.read(document.endpoint(), opened,
				(int) this.services.settings().answerMax().toBytes(), memory);
		wait.end();
		long millis = millisSince(this.attempt.startedMillis());
		answered(opened.status(), millis);
		TokenUsage usage = UnitUsage.of(document, complete.usage(), card());
		if (usage != null) {
			this.attempt.state().observe(0, usage.outputTokens(), millis, this.services.clock().millis());
		}
		if (settle(usage, complete.serviceTier(), "answered") == null) {
			return refused(Admitter.unavailable());
		}
		Money cost = this.account.total();
		Outcome.Answered answered = new Outcome.Answered(opened.status(), contentType(opened), cost);
		return new AttemptResult.Done(
				send(head(opened, complete.length(), cost), complete) ? answered : new Outcome.ClientGone(answered));
	}

	private PriceCard card() {
		return this.attempt.hold().request().priceCard();
	}

	/** Returns whether the client got it; the sink has all of its bytes either way. */
	private boolean send(AnswerSink.Head head, CompleteAnswer complete) {
		try {
			this.sink.begin(head);
		}
		catch (IOException ex) {
			this.sink.missed(complete.bytes(), 0, complete.length());
			return false;
		}
		try {
			this.sink.write(complete.bytes(), 0, complete.length());
			this.sink.flush();
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * The answer found no memory in all the time its attempt had. The provider has made
	 * it, so it is billed, and no other is called for what would not fit either.
	 */
	private AttemptResult noRoom() {
		if (this.answer != null) {
			this.answer.abort();
		}
		this.placeReturned = true;
		this.attempt.state().unused();
		this.trace.stopped(this.attempt.candidate(), ReasonCode.NO_ROOM, status(), this.attempt.clampedTo(),
				millisSince(this.attempt.startedMillis()));
		ApiError error = RequestRun.overloaded();
		estimate("answer_without_room", this.trace.row(error.code()));
		return refused(error);
	}

	/** What was read as JSON is told as JSON, whatever the upstream called it. */
	private String contentType(UpstreamAnswer opened) {
		RequestDocument document = this.route.request().document();
		boolean asItIs = document.stream() || document.endpoint() == Endpoint.AUDIO_SPEECH;
		return asItIs ? opened.contentType() : "application/json";
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
				Admitter.warning(this.trace), dropped(deployment));
	}

	/**
	 * Only a request that allows it is sent to a deployment that leaves something out.
	 */
	private List<String> dropped(Deployment deployment) {
		UpstreamProvider provider = this.services.providers().get(deployment.provider().kind());
		if (provider == null || !this.route.request().dropUnsupported()) {
			return List.of();
		}
		return provider.uncarried(this.route.request().document(), deployment).stream().map(Uncarried::param).toList();
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
		try {
			Settled cost = this.account.settle(this.attempt, usage, serviceTier, upstreamRequestId(), decision);
			this.settled = true;
			return cost;
		}
		catch (BillingUnavailableException ex) {
			this.settled = true;
			LOG.warn("The settlement of request {} waits for the database", this.route.request().id());
			return null;
		}
	}

	/**
	 * The client left while its answer was awaited, and that broke the call off.
	 */
	private AttemptResult left(UpstreamFailure brokenOff) {
		if (brokenOff.mayHaveCost()) {
			return cancelled(null, "default");
		}
		this.placeReturned = true;
		this.attempt.state().unused();
		this.settled = true;
		this.account.release(this.attempt.hold());
		return new AttemptResult.Done(new Outcome.ClientGone());
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
		this.trace.stopped(this.attempt.candidate(), ReasonCode.CANCELLED, status(), this.attempt.clampedTo(),
				millisSince(this.attempt.startedMillis()));
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
	 * @param outcome how the request ends, or null where another attempt goes on
	 */
	void broken(UpstreamFailure failure, @Nullable TokenUsage finalUsage, String serviceTier,
			@Nullable String outcome) {
		noteFailure(failure);
		if (finalUsage != null && outcome != null) {
			settle(finalUsage, serviceTier, outcome);
		}
		else {
			estimate(Failures.estimatedReason(failure.failureClass()),
					(outcome != null) ? this.trace.row(outcome) : null);
		}
	}

	private AttemptResult fail(UpstreamFailure failure) {
		noteFailure(failure);
		if (failure.mayHaveCost()) {
			estimate(Failures.estimatedReason(failure.failureClass()), null);
		}
		else {
			this.settled = true;
			this.account.release(this.attempt.hold());
		}
		return new AttemptResult.Failed(failure, Failures.mayPass(failure.failureClass()));
	}

	private void estimate(String reason, @Nullable DecisionRow decision) {
		this.settled = true;
		this.account.estimate(this.attempt, reason, upstreamRequestId(), decision);
	}

	private void noteFailure(UpstreamFailure failure) {
		this.placeReturned = true;
		long millis = millisSince(this.attempt.startedMillis());
		if (isDeploymentsOwn(failure, millis)) {
			this.attempt.state().failed(millis, failure);
		}
		else {
			this.attempt.state().unused();
		}
		this.services.states().coolDown(this.attempt.state(), failure);
		this.trace.failed(this.attempt.candidate(), failure.failureClass(), failure.status(), this.attempt.clampedTo(),
				millis);
		this.services.metrics().attempt(this.attempt.deployment(), failure.failureClass());
	}

	/**
	 * Other tenants' requests go by the circuit breaker too: a time-out that comes of the
	 * policy's time, or of a client that takes its stream slowly, says nothing of the
	 * deployment.
	 */
	private boolean isDeploymentsOwn(UpstreamFailure failure, long millis) {
		if (failure.failureClass() != FailureClass.TIMEOUT) {
			return true;
		}
		boolean isStream = this.route.request().document().stream();
		DeploymentSettings own = this.attempt.deployment().settings();
		boolean shown = this.begun || this.open != null;
		if (isStream && shown && millis + CLOCKS_APART_MILLIS >= own.totalTimeout().toMillis()) {
			return false;
		}
		Duration patience = (this.answer != null && !isStream) ? own.totalTimeout() : headPatience(own, isStream);
		boolean cut = !this.begun && now().plusMillis(CLOCKS_APART_MILLIS).isAfter(this.commitDeadline);
		return !cut || millis >= patience.toMillis();
	}

	private AttemptResult refused(ApiError error) {
		return new AttemptResult.Done(new Outcome.Refused(error, this.account.attempts()));
	}

	/** Returns the upstream's status, or 0 where no head came. */
	private int status() {
		return (this.answer != null) ? this.answer.status() : 0;
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
