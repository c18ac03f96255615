package io.exchequer.routing.execution;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.exchequer.billing.DecisionRow;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.decision.DecisionCodec;
import io.exchequer.routing.decision.DecisionRecord;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.strategy.RouteCandidate;
import io.exchequer.routing.strategy.Strategies;
import io.exchequer.routing.strategy.StrategyName;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what happens to a request, for its decision record. Used by one thread.
 */
final class Trace {

	private final Route route;

	private final Clock clock;

	private final Map<DeploymentId, ReasonCode> reasons = new HashMap<>(8);

	private final Map<FailureClass, Integer> failures = new EnumMap<>(FailureClass.class);

	private final List<Tried> tried = new ArrayList<>(2);

	private List<RouteCandidate> order;

	private StrategyName strategy;

	private boolean overSoftLimit;

	private boolean written;

	Trace(Route route, Clock clock) {
		this.route = route;
		this.clock = clock;
		this.order = route.ranked();
		this.strategy = route.strategy();
	}

	void mark(RouteCandidate candidate, ReasonCode reason) {
		this.reasons.put(candidate.id(), reason);
	}

	void overSoftLimit() {
		this.overSoftLimit = true;
	}

	/** Notes that the candidates were put in another order. */
	void reranked(List<RouteCandidate> newOrder, StrategyName by) {
		this.order = List.copyOf(newOrder);
		this.strategy = by;
	}

	boolean isOverSoftLimit() {
		return this.overSoftLimit;
	}

	/** Adds an attempt that failed and returns how often its class did by now. */
	int failed(RouteCandidate candidate, FailureClass failure, int status, @Nullable Integer clamped, long millis) {
		mark(candidate, ReasonCode.FAILED);
		this.tried.add(new Tried(candidate.id(), failure, status, clamped, millis));
		return this.failures.merge(failure, 1, Integer::sum);
	}

	void answered(RouteCandidate candidate, int status, @Nullable Integer clamped, long millis) {
		mark(candidate, ReasonCode.CHOSEN);
		this.tried.add(new Tried(candidate.id(), null, status, clamped, millis));
	}

	/** Adds an attempt that neither answered nor failed, but was given up. */
	void stopped(RouteCandidate candidate, ReasonCode reason, int status, @Nullable Integer clamped, long millis) {
		mark(candidate, reason);
		this.tried.add(new Tried(candidate.id(), null, status, clamped, millis));
	}

	/**
	 * Returns why the last attempt failed, or null where it did not or there was none.
	 */
	@Nullable FailureClass failure() {
		return this.tried.isEmpty() ? null : this.tried.getLast().failure();
	}

	/** Returns whether a record was handed to billing already. */
	boolean isWritten() {
		return this.written;
	}

	/**
	 * Returns the decision record, to be written with a settlement or by itself.
	 * @param outcome how the request ended
	 */
	DecisionRow row(String outcome) {
		this.written = true;
		Instant now = this.clock.instant();
		List<DecisionRecord.Candidate> candidates = candidates();
		Map<DeploymentId, Integer> places = new HashMap<>();
		for (int i = 0; i < candidates.size(); i++) {
			places.put(new DeploymentId(candidates.get(i).deployment()), i);
		}
		List<DecisionRecord.Attempt> attempts = new ArrayList<>(this.tried.size());
		for (Tried each : this.tried) {
			attempts.add(new DecisionRecord.Attempt(places.getOrDefault(each.id(), 0), each.failure(), each.status(),
					each.clamped(), each.millis()));
		}
		DecisionRecord decision = new DecisionRecord(this.route.configuration().version(),
				this.route.request().document().model(), this.strategy, this.route.dataClass(),
				this.route.request().document().stream(), this.overSoftLimit,
				Math.max(0, this.route.request().document().inputTokensExpected()), candidates, attempts, outcome,
				Math.max(0, now.toEpochMilli() - this.route.request().receivedAt().toEpochMilli()));
		return new DecisionRow(this.route.request().chargeTo().tenant(), this.route.request().id(),
				this.route.policyVersionId(), DecisionCodec.encode(decision), now);
	}

	private List<DecisionRecord.Candidate> candidates() {
		List<DecisionRecord.Candidate> candidates = new ArrayList<>();
		int rank = 0;
		for (RouteCandidate candidate : this.order) {
			candidates.add(candidate(candidate, ++rank, ReasonCode.RANKED));
		}
		for (RouteCandidate candidate : this.route.byRule()) {
			boolean reached = this.reasons.containsKey(candidate.id());
			candidates.add(candidate(candidate, reached ? ++rank : 0, ReasonCode.FALLBACK_ONLY));
		}
		for (Route.Excluded excluded : this.route.excluded()) {
			candidates.add(candidate(excluded.candidate(), 0, excluded.reason()));
		}
		return candidates;
	}

	private DecisionRecord.Candidate candidate(RouteCandidate candidate, int rank, ReasonCode otherwise) {
		long score = Math.max(-1, Strategies.of(this.strategy).score(candidate, this.route.context()));
		return new DecisionRecord.Candidate(candidate.id().value(), rank,
				this.reasons.getOrDefault(candidate.id(), otherwise), score);
	}

	private record Tried(DeploymentId id, @Nullable FailureClass failure, int status, @Nullable Integer clamped,
			long millis) {
	}

}
