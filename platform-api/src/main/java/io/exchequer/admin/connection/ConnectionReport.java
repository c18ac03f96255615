package io.exchequer.admin.connection;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

import io.exchequer.kernel.Money;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import org.jspecify.annotations.Nullable;

/**
 * What a connection test found out, in the platform's own words: nothing of what the
 * upstream wrote is repeated.
 *
 * @param deployment the deployment's name
 * @param model the model it serves
 * @param provider its provider's name
 * @param upstreamModel the model name the provider knows
 * @param enabled whether routing may choose it; a test does not mind
 * @param quarantined whether it was taken out of service; a test does not mind
 * @param passed whether no check failed and none was left out
 * @param latency how long things took
 * @param checks each check, in the order they were made
 */
public record ConnectionReport(String deployment, String model, String provider, String upstreamModel, boolean enabled,
		boolean quarantined, boolean passed, Latency latency, List<Check> checks) {

	static ConnectionReport of(Deployment deployment, Latency latency, List<Check> checks) {
		boolean passed = checks.stream()
			.noneMatch((check) -> check.result() == Result.FAILED || check.result() == Result.SKIPPED);
		return new ConnectionReport(deployment.name(), deployment.model().name(), deployment.provider().name(),
				deployment.upstreamModel(), deployment.enabled(), deployment.quarantined(), passed, latency,
				List.copyOf(checks));
	}

	/** What is looked at. */
	public enum Kind {

		/** A connection to the provider's host and port, without a request. */
		CONNECTION,
		/** An answer that is not streamed. */
		ANSWER,
		/** A streamed answer. */
		STREAMING,
		/** A call of a tool that the request demands. */
		TOOLS,
		/** An answer about a small image. */
		VISION,
		/** An embedding. */
		EMBEDDING,
		/** The usage that the answer which is not streamed tells. */
		USAGE,
		/** The usage that the streamed answer tells. */
		STREAMED_USAGE

	}

	/** What came of it. */
	public enum Result {

		PASSED, FAILED,
		/** The deployment is not said to do this. */
		NOT_APPLICABLE,
		/** It was not tried, because of what came before. */
		SKIPPED

	}

	/**
	 * How long things took, in milliseconds; what did not come about is null.
	 *
	 * @param connectMillis a connection to the provider's host
	 * @param firstByteMillis from the call to the head of the answer that is not streamed
	 * @param totalMillis from the call to that answer's end
	 * @param firstTokenMillis from the call to the streamed answer's first content
	 * @param streamMillis from the call to that answer's end
	 */
	public record Latency(@Nullable Long connectMillis, @Nullable Long firstByteMillis, @Nullable Long totalMillis,
			@Nullable Long firstTokenMillis, @Nullable Long streamMillis) {
	}

	/**
	 * A check.
	 *
	 * @param kind what was looked at
	 * @param result what came of it
	 * @param detail the result in words
	 * @param failure why the upstream's answer failed, or null where it did not
	 * @param millis how long it took, or null where nothing was called for it
	 * @param requestId the request it was made with, for ledger and decisions, or null
	 * where nothing was called for it
	 * @param cost what the request cost, in whole units, or null where it cost nothing or
	 * that is not known yet
	 * @param currency the currency of the cost, or null
	 */
	public record Check(Kind kind, Result result, String detail, @Nullable FailureClass failure, @Nullable Long millis,
			@Nullable UUID requestId, @Nullable Money cost, @Nullable String currency) {

		static Check without(Kind kind, Result result, String detail) {
			return new Check(kind, result, detail, null, null, null, null, null);
		}

	}

	static @Nullable Long millis(@Nullable Duration duration) {
		return (duration != null) ? duration.toMillis() : null;
	}

}
