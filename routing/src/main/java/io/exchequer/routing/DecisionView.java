package io.exchequer.routing;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * A decision for people to read: why each candidate was chosen or excluded.
 *
 * @param requestId the request
 * @param at when it was decided
 * @param configurationVersion the configuration that served the request
 * @param policyVersionId the policy's version, or null where the name asked for decided
 * @param policy the policy's name, or null
 * @param version the policy's version number, or null
 * @param asked the name asked for
 * @param strategy what ranked the candidates
 * @param dataClass the class in force
 * @param stream whether a stream was asked for
 * @param overSoftLimit whether a soft limit was passed
 * @param inputTokensExpected the guess at the input's tokens
 * @param candidates each candidate: the route in its order, then the excluded
 * @param attempts each attempt, oldest first
 * @param outcome how it ended: {@code answered}, {@code continued} by another deployment
 * than began it, {@code broken_off}, {@code client_gone} or the refusal's code
 * @param durationMillis from the request's arrival to the end
 */
public record DecisionView(UUID requestId, Instant at, long configurationVersion, @Nullable UUID policyVersionId,
		@Nullable String policy, @Nullable Integer version, String asked, String strategy, String dataClass,
		boolean stream, boolean overSoftLimit, int inputTokensExpected, List<Candidate> candidates,
		List<Attempt> attempts, String outcome, long durationMillis) {

	/**
	 * A candidate.
	 *
	 * @param deploymentId its identifier
	 * @param deployment its name, or null where the registry no longer has it
	 * @param rank its place in the route from 1, or 0 where it was excluded
	 * @param reason the reason's code
	 * @param detail the reason in words
	 */
	public record Candidate(UUID deploymentId, @Nullable String deployment, int rank, String reason, String detail) {
	}

	/**
	 * An attempt.
	 *
	 * @param attempt counts from 1
	 * @param deploymentId what was called
	 * @param deployment its name, or null where the registry no longer has it
	 * @param failure the failure class, or null where it answered or was given up; its
	 * candidate's reason says which
	 * @param status the upstream's HTTP status, or 0 where there was none
	 * @param clamped the output limit put in place to fit a budget, or null
	 * @param durationMillis how long it took
	 */
	public record Attempt(int attempt, UUID deploymentId, @Nullable String deployment, @Nullable String failure,
			int status, @Nullable Integer clamped, long durationMillis) {
	}

}
