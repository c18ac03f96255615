package io.exchequer.routing.execution;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import io.exchequer.billing.Admission;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.strategy.RouteCandidate;
import io.exchequer.routing.strategy.Strategies;
import io.exchequer.routing.strategy.StrategyName;
import io.exchequer.routing.wire.AssistantPrefill;
import io.exchequer.routing.wire.RequestDocument;
import io.github.resilience4j.retry.Retry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one request along its route until it is answered or nothing is left to try. Used
 * by one thread.
 */
final class RequestRun {

	private static final Logger LOG = LoggerFactory.getLogger(RequestRun.class);

	private final Services services;

	private final Route route;

	private final AnswerSink sink;

	private final Account account;

	private final Trace trace;

	private final AnswerRoom room;

	private Admitter admitter;

	private Instant deadline;

	/** The route of the attempts to come: another document's once a stream is open. */
	private Route current;

	/** The client's stream that broke off and may be gone on with, or null. */
	private @Nullable OpenStream open;

	private final Deque<RouteCandidate> queue;

	private final List<RouteCandidate> byRule;

	private final Map<FailureClass, Integer> ruleUses = new EnumMap<>(FailureClass.class);

	private @Nullable ApiError failed;

	private Admission.@Nullable OverBudget overBudget;

	private @Nullable ApiError excluded;

	private boolean cheapestFirst;

	RequestRun(Services services, Route route, AnswerSink sink) {
		this.services = services;
		this.route = route;
		this.sink = sink;
		this.account = new Account(services, route.request(), route.configuration().budgets());
		this.trace = new Trace(route, services.clock());
		this.admitter = new Admitter(route, this.account, this.trace, 0);
		this.current = route;
		this.room = new AnswerRoom(services.answerMemory(), services.clock());
		this.deadline = route.at().plus(route.fallback().totalTimeout());
		this.queue = new ArrayDeque<>(route.ranked());
		this.byRule = new ArrayList<>(route.byRule());
	}

	Outcome run() {
		if (this.route.error() != null) {
			return refuse(this.route.error());
		}
		// Before anything is held or called: what is refused here costs nothing.
		try (this.room) {
			return (this.route.request().document().stream() || this.room.begin()) ? serve() : refuse(overloaded());
		}
	}

	/**
	 * Returns why the last attempt failed, or null where it did not or there was none.
	 */
	@Nullable FailureClass failure() {
		return this.trace.failure();
	}

	/** Returns whether an attempt cost more than its proven bound. */
	boolean isOverBound() {
		return this.account.isOverBound();
	}

	/** Says that there is no memory for an answer now. */
	static ApiError overloaded() {
		return new ApiError(503, "server_error", "overloaded",
				"too many answers are in flight together; try again shortly", null, Duration.ofSeconds(1));
	}

	private Outcome serve() {
		while (true) {
			RouteCandidate candidate = this.queue.poll();
			if (candidate == null) {
				return refuse(lastWord());
			}
			OpenStream stream = this.open;
			Outcome outcome = step(candidate, (stream != null) ? goOn(candidate, stream) : withRetries(candidate));
			if (outcome != null) {
				return outcome;
			}
		}
	}

	/** Returns how the request ends, or null where it goes on with the next candidate. */
	private @Nullable Outcome step(RouteCandidate candidate, AttemptResult result) {
		return switch (result) {
			case AttemptResult.Done done ->
				(done.outcome() instanceof Outcome.Refused refused) ? refuse(refused.error()) : finish(done.outcome());
			case AttemptResult.Interrupted interrupted -> {
				this.open = interrupted.stream();
				this.deadline = this.services.clock().instant().plus(this.route.fallback().totalTimeout());
				yield afterFailure(candidate, interrupted.failure());
			}
			case AttemptResult.Failed failure -> afterFailure(candidate, failure.failure());
			case AttemptResult.Refused refused -> refuse(refused.error());
			case AttemptResult.Blocked blocked -> {
				this.trace.mark(candidate, blocked.reason());
				yield null;
			}
			case AttemptResult.Excluded out -> {
				this.trace.mark(candidate, out.reason());
				this.excluded = (this.excluded != null) ? this.excluded : out.error();
				yield null;
			}
			case AttemptResult.OverBudget over -> {
				this.trace.mark(candidate, ReasonCode.OVER_BUDGET);
				this.overBudget = (this.overBudget != null) ? this.overBudget : over.budget();
				yield null;
			}
			case AttemptResult.OverSoftLimit _ -> {
				this.queue.addFirst(candidate);
				cheapestFirst();
				yield null;
			}
		};
	}

	/**
	 * Has a candidate go on with the stream that another began, where it says that it can
	 * and may see the request with the answer so far.
	 */
	private AttemptResult goOn(RouteCandidate candidate, OpenStream stream) {
		AttemptResult against;
		try {
			against = prepare(candidate, stream);
		}
		catch (RuntimeException | Error ex) {
			against = fault(candidate, ex);
		}
		return (against != null) ? against : withRetries(candidate);
	}

	/** Returns why a candidate does not go on with a stream, or null where it may. */
	private @Nullable AttemptResult prepare(RouteCandidate candidate, OpenStream stream) {
		RequestDocument document = stream.text()
			.continued(this.route.request().document(), AssistantPrefill.of(candidate.deployment()));
		if (document == null) {
			return new AttemptResult.Blocked(ReasonCode.NO_CONTINUATION);
		}
		this.current = this.route.continuedBy(document);
		ReasonCode against = new CandidateFilter(this.current.request(), this.route.configuration(),
				this.route.policy(), this.route.dataClass(), this.services.states(), this.services.providers(),
				this.services.clock().instant())
			.reason(candidate, !candidate.byRuleOnly());
		if (against != null) {
			return new AttemptResult.Blocked(against);
		}
		this.admitter = new Admitter(this.current, this.account, this.trace, stream.text().pieces());
		return null;
	}

	/**
	 * A fault after an attempt ends the request as any refusal does: its attempts are
	 * recorded, and a stream that has begun does not end as if it were whole.
	 */
	private AttemptResult fault(RouteCandidate candidate, Throwable problem) {
		LOG.error("Request {} met a fault between two attempts", this.route.request().id(), problem);
		this.trace.mark(candidate, ReasonCode.FAULTED);
		return new AttemptResult.Refused(Exchange.internalError());
	}

	/** From now on the cheapest of what is left is tried first. */
	private void cheapestFirst() {
		if (this.cheapestFirst) {
			return;
		}
		this.cheapestFirst = true;
		List<RouteCandidate> reranked = Strategies.of(StrategyName.CHEAPEST)
			.rank(new ArrayList<>(this.queue), this.route.context());
		this.queue.clear();
		this.queue.addAll(reranked);
		List<RouteCandidate> order = new ArrayList<>(this.route.ranked());
		order.removeAll(reranked);
		order.addAll(reranked);
		this.trace.reranked(order, StrategyName.CHEAPEST);
	}

	private AttemptResult withRetries(RouteCandidate candidate) {
		Retry retry = this.services.states().of(candidate.deployment()).limits().retry();
		Retry.Context<AttemptResult> context = retry.context();
		AttemptResult result = attempt(candidate);
		while (context.onResult(result)) {
			AttemptResult again = attempt(candidate);
			// What keeps a retry from being made is not what the client is told.
			result = (again instanceof AttemptResult.Blocked) ? withoutRetry(result) : again;
		}
		context.onComplete();
		return result;
	}

	private static AttemptResult withoutRetry(AttemptResult result) {
		return (result instanceof AttemptResult.Failed failed) ? new AttemptResult.Failed(failed.failure(), false)
				: result;
	}

	private AttemptResult attempt(RouteCandidate candidate) {
		DeploymentState state = this.services.states().of(candidate.deployment());
		ReasonCode blocked = (this.route.request().share() != null && state.isFullForBatches())
				? ReasonCode.BULKHEAD_FULL : state.acquire(this.services.clock().millis());
		if (blocked != null) {
			return new AttemptResult.Blocked(blocked);
		}
		Admitter.Step step;
		try {
			step = this.admitter.admit(candidate);
		}
		catch (RuntimeException | Error ex) {
			state.unused();
			if (this.account.attempts() == 0) {
				throw ex; // nothing was called yet, and the caller may start over
			}
			return fault(candidate, ex);
		}
		return switch (step) {
			case Admitter.Step.Not not -> {
				state.unused();
				yield not.result();
			}
			case Admitter.Step.Held held -> exchange(candidate, state, held);
		};
	}

	private AttemptResult exchange(RouteCandidate candidate, DeploymentState state, Admitter.Step.Held held) {
		HeldAttempt attempt = new HeldAttempt(candidate, state, held.granted().hold(), held.limit(), held.bounded(),
				this.services.clock().millis());
		AttemptResult result = new Exchange(this.services, this.current, this.account, this.trace, this.sink, attempt,
				this.deadline, this.open, this.room, isLast())
			.run();
		if (result instanceof AttemptResult.Failed failed) {
			return new AttemptResult.Failed(failed.failure(), failed.retry() && mayRetry(failed.failure()));
		}
		return result;
	}

	/** Whether no other deployment could be asked after the attempt that is held. */
	private boolean isLast() {
		return !attemptsLeft() || (this.queue.isEmpty() && this.byRule.isEmpty());
	}

	/**
	 * Within the policy's attempts and time, not longer than another would take, and with
	 * an attempt left for each of the others.
	 */
	private boolean mayRetry(UpstreamFailure failure) {
		RoutingPolicy.Rule rule = this.route.fallback().on().get(failure.failureClass());
		if (rule != null && rule.action() == RoutingPolicy.Rule.Action.FAIL) {
			return false;
		}
		Duration asked = (failure.retryAfter() != null) ? failure.retryAfter() : Duration.ZERO;
		if (!this.queue.isEmpty() && asked.compareTo(this.services.settings().retryWaitMax()) > 0) {
			return false;
		}
		int kept = Math.max(this.queue.size(), (rule != null && rule.to() != null) ? 1 : 0);
		int left = this.route.fallback().maxAttempts() - this.account.attempts();
		return left > kept && this.services.clock().instant().plus(asked).isBefore(this.deadline);
	}

	private boolean attemptsLeft() {
		return this.account.attempts() < this.route.fallback().maxAttempts();
	}

	private @Nullable Outcome afterFailure(RouteCandidate candidate, UpstreamFailure failure) {
		ApiError error = Failures.error(failure, candidate.deployment());
		this.failed = error;
		if (!attemptsLeft() || !this.services.clock().instant().isBefore(this.deadline)) {
			return refuse(error);
		}
		RoutingPolicy.Rule rule = this.route.fallback().on().get(failure.failureClass());
		if (rule == null) {
			return Failures.mayPassElsewhere(failure.failureClass()) ? null : refuse(error);
		}
		int uses = this.ruleUses.merge(failure.failureClass(), 1, Integer::sum);
		if (rule.action() == RoutingPolicy.Rule.Action.FAIL || uses > rule.maxTimes()) {
			return refuse(error);
		}
		if (rule.to() != null) {
			promote(rule.to());
		}
		return null;
	}

	/** Puts the deployments a rule leads to in front, where they were not tried yet. */
	private void promote(String name) {
		this.route.configuration().registry().resolve(name).ifPresent((target) -> {
			List<RouteCandidate> meant = new ArrayList<>();
			target.deployments().forEach((deployment) -> {
				this.queue.stream().filter((each) -> each.id().equals(deployment.id())).forEach(meant::add);
				this.byRule.stream().filter((each) -> each.id().equals(deployment.id())).forEach(meant::add);
			});
			this.queue.removeAll(meant);
			this.byRule.removeAll(meant);
			meant.reversed().forEach(this.queue::addFirst);
		});
	}

	private ApiError lastWord() {
		if (this.failed != null) {
			return this.failed;
		}
		if (this.overBudget != null) {
			return Admitter.overBudget(this.overBudget);
		}
		if (this.excluded != null) {
			return this.excluded;
		}
		return busy(this.route);
	}

	/** Returns what a client is told whose candidates all take no request now. */
	static ApiError busy(Route route) {
		return Exclusions.unavailable(
				"every deployment that could serve '" + route.request().document().model() + "' is busy",
				Duration.ofSeconds(1));
	}

	/** Tells the client, in its stream where that has begun. */
	private Outcome refuse(ApiError error) {
		OpenStream stream = this.open;
		return finish(
				(stream != null) ? stream.client().tell(error) : new Outcome.Refused(error, this.account.attempts()));
	}

	private Outcome finish(Outcome outcome) {
		String ended = switch (outcome) {
			case Outcome.Answered _ -> "answered";
			case Outcome.Refused refused -> refused.error().code();
			case Outcome.BrokenOff _ -> "broken_off";
			case Outcome.ClientGone _ -> "client_gone";
		};
		this.services.metrics().request(ended);
		boolean considered = !this.route.ranked().isEmpty() || !this.route.excluded().isEmpty();
		if (!this.trace.isWritten() && considered) {
			this.account.record(this.trace.row(ended));
		}
		return outcome;
	}

}
