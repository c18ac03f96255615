package io.exchequer.routing.decision;

import java.util.List;
import java.util.UUID;

import io.exchequer.registry.DataClass;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.strategy.StrategyName;
import org.jspecify.annotations.Nullable;

/**
 * A decision, as it is stored beside the request, the policy's version and the instant.
 *
 * @param configurationVersion the configuration that served the request, 0 or more
 * @param asked the name asked for; at most {@value #ASKED_LENGTH_MAX} characters are kept
 * @param strategy what ranked the candidates
 * @param dataClass the class in force: the policy's or the request's, whichever is higher
 * @param stream whether a stream was asked for
 * @param overSoftLimit whether a soft limit was passed
 * @param inputTokensExpected the guess at the input's tokens that the costs were expected
 * from, 0 or more
 * @param candidates each candidate: the route in its order, then the excluded
 * @param attempts each attempt, oldest first
 * @param outcome how it ended: {@code answered}, {@code continued} by another deployment
 * than began it, {@code broken_off}, {@code client_gone} or the refusal's code
 * @param millis from the request's arrival to the end, 0 or more
 */
public record DecisionRecord(long configurationVersion, String asked, StrategyName strategy, DataClass dataClass,
		boolean stream, boolean overSoftLimit, int inputTokensExpected, List<Candidate> candidates,
		List<Attempt> attempts, String outcome, long millis) {

	/** The most characters of the name asked for that are kept. */
	public static final int ASKED_LENGTH_MAX = 100;

	/**
	 * A candidate.
	 *
	 * @param deployment its identifier
	 * @param rank its place in the route from 1, or 0 where it was excluded
	 * @param reason why
	 * @param score what the strategy ranked it by, or -1 where there is none
	 */
	public record Candidate(UUID deployment, int rank, ReasonCode reason, long score) {
	}

	/**
	 * An attempt.
	 *
	 * @param candidate which of the candidates, from 0
	 * @param failure why it failed, or null where it answered or was given up; its
	 * candidate's reason says which
	 * @param status the upstream's HTTP status, or 0 where there was none
	 * @param clamped the output limit put in place of the client's to fit a budget, or
	 * null
	 * @param millis how long it took, 0 or more
	 */
	public record Attempt(int candidate, @Nullable FailureClass failure, int status, @Nullable Integer clamped,
			long millis) {
	}

}
