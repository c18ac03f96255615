package io.exchequer.routing.execution;

import java.util.Locale;

import io.exchequer.registry.Deployment;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;

/**
 * What each failure class means for the client, for a retry and for the ledger.
 */
final class Failures {

	private Failures() {
	}

	/**
	 * Returns what the client is told after the last failure; never the upstream's text.
	 */
	static ApiError error(UpstreamFailure failure, Deployment deployment) {
		String name = "'" + deployment.name() + "'";
		return switch (failure.failureClass()) {
			case RATE_LIMITED -> new ApiError(429, "rate_limit_error", "upstream_rate_limited",
					"the provider of " + name + " accepts no more requests for now; try again later", null,
					failure.retryAfter());
			case QUOTA_EXHAUSTED -> upstream(502, "upstream_quota_exhausted",
					"the account at the provider of " + name + " is used up; tell an administrator");
			case CREDENTIAL_REJECTED -> upstream(502, "upstream_credential_rejected",
					"the provider of " + name + " does not accept its credential; tell an administrator");
			case MODEL_GONE -> upstream(502, "upstream_model_gone",
					"the provider of " + name + " does not have the model; tell an administrator");
			case CALLER_FAULT -> callersFault(failure, name);
			case CONTEXT_TOO_LONG -> ApiError.invalid("context_length_exceeded",
					"the input is longer than the context window of " + name + "; shorten it", "messages");
			case CONTENT_REFUSED -> ApiError.invalid("content_filter",
					"the provider of " + name + " refused the content of the request", null);
			case OVERLOADED -> new ApiError(503, "server_error", "upstream_overloaded",
					"the provider of " + name + " is overloaded; try again later", null, failure.retryAfter());
			case SERVER_ERROR -> upstream(502, "upstream_error",
					"the provider of " + name + " failed" + status(failure) + "; try again");
			case TIMEOUT ->
				upstream(504, "upstream_timeout", "the provider of " + name + " did not answer in time; try again");
			case NETWORK -> upstream(502, "upstream_unreachable",
					"the connection to the provider of " + name + " failed; try again");
			case BROKEN_ANSWER -> upstream(502, "upstream_broken_answer",
					"the provider of " + name + " sent an answer that is not whole; try again");
			case NOT_ATTEMPTED ->
				Exclusions.unavailable(name + " takes no request now", java.time.Duration.ofSeconds(1));
		};
	}

	private static ApiError callersFault(UpstreamFailure failure, String name) {
		String advice = failure.advice();
		return ApiError.invalid("upstream_rejected_request", "the provider of " + name + " rejected the request"
				+ status(failure) + ((advice != null) ? ": " + advice : "; check its members"), failure.param());
	}

	private static ApiError upstream(int status, String code, String message) {
		return ApiError.of(status, "server_error", code, message);
	}

	private static String status(UpstreamFailure failure) {
		return (failure.status() > 0) ? " (status " + failure.status() + ")" : "";
	}

	/** Returns whether the same deployment may succeed a moment later. */
	static boolean mayPass(FailureClass failureClass) {
		return switch (failureClass) {
			case RATE_LIMITED, OVERLOADED, SERVER_ERROR, NETWORK -> true;
			// A time-out has used up its time; a broken answer has probably cost
			// something.
			case TIMEOUT, BROKEN_ANSWER, QUOTA_EXHAUSTED, CREDENTIAL_REJECTED, MODEL_GONE, CALLER_FAULT,
					CONTEXT_TOO_LONG, CONTENT_REFUSED, NOT_ATTEMPTED ->
				false;
		};
	}

	/** Returns whether another deployment is tried where the policy does not say. */
	static boolean mayPassElsewhere(FailureClass failureClass) {
		return switch (failureClass) {
			case CALLER_FAULT, CONTENT_REFUSED -> false;
			case RATE_LIMITED, QUOTA_EXHAUSTED, CREDENTIAL_REJECTED, MODEL_GONE, CONTEXT_TOO_LONG, OVERLOADED,
					SERVER_ERROR, TIMEOUT, NETWORK, BROKEN_ANSWER, NOT_ATTEMPTED ->
				true;
		};
	}

	/** Returns why a failed attempt that may have cost something is an estimate. */
	static String estimatedReason(FailureClass failureClass) {
		return "upstream_" + failureClass.name().toLowerCase(Locale.ROOT);
	}

}
