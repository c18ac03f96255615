package io.exchequer.routing;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.registry.DataClass;
import org.jspecify.annotations.Nullable;

/**
 * One version of a routing policy. A version is never changed, only succeeded.
 *
 * @param versionId the interned version that decision records carry
 * @param tenant whose policy
 * @param name its name, unique in the tenant
 * @param version counts the policy's versions from 1
 * @param task the task it serves, or {@code *} for any
 * @param candidates what it chooses among, in order; a name is a deployment's, a model's
 * or an alias's
 * @param strategy the strategy's name: {@code ordered}, {@code weighted},
 * {@code cheapest}, {@code fastest} or {@code least-busy}
 * @param dataClass the class of the task's content unless the request raises it
 * @param defaultMaxOutput the output limit where the request has none, 4,096 unless set
 * @param minOutput the fewest output tokens a clamp may leave; below it is 402
 * @param fallback what happens after a failure
 * @param onSoftLimit what happens when a budget's soft limit would be passed
 */
public record RoutingPolicy(UUID versionId, TenantId tenant, String name, int version, String task,
		List<Candidate> candidates, String strategy, DataClass dataClass, int defaultMaxOutput, int minOutput,
		Fallback fallback, OnSoftLimit onSoftLimit) {

	/** The output limit of a policy that names none. */
	public static final int DEFAULT_MAX_OUTPUT = 4096;

	/** The fewest output tokens a clamp may leave where the policy names none. */
	public static final int DEFAULT_MIN_OUTPUT = 256;

	/**
	 * A candidate.
	 *
	 * @param name a deployment's, a model's or an alias's name
	 * @param weight its share under the {@code weighted} strategy, 0 or more
	 */
	public record Candidate(String name, int weight) {
	}

	/**
	 * The fallback policy.
	 *
	 * @param maxAttempts the most attempts a request makes in all, at least 1
	 * @param totalTimeout the longest all attempts together may take before the commit
	 * point
	 * @param on what to do for a failure class; a class that is absent goes to the next
	 * candidate if the failure may pass elsewhere, and is final for {@code CALLER_FAULT}
	 * and {@code CONTENT_REFUSED}
	 * @param continueStreams whether a stream that broke past its commit point is gone on
	 * with by the route's next deployment that can, where that is sound; otherwise it
	 * ends with an error event
	 */
	public record Fallback(int maxAttempts, Duration totalTimeout, Map<FailureClass, Rule> on,
			boolean continueStreams) {

		/**
		 * The fallback of a policy that names none: three attempts within ten minutes,
		 * which is a deployment's own time.
		 */
		public static final Fallback DEFAULT = new Fallback(3, Duration.ofMinutes(10), Map.of());

		/** Makes a fallback that ends broken streams with an error event. */
		public Fallback(int maxAttempts, Duration totalTimeout, Map<FailureClass, Rule> on) {
			this(maxAttempts, totalTimeout, on, false);
		}

	}

	/**
	 * What to do for a failure class.
	 *
	 * @param action whether to go on
	 * @param to the candidate to go to, by name, or null for the route's next
	 * @param maxTimes how often in one request, at least 1
	 */
	public record Rule(Action action, @Nullable String to, int maxTimes) {

		/** Whether to go on after a failure. */
		public enum Action {

			/** Go to the next deployment. */
			FALL_BACK,
			/** Tell the client. */
			FAIL

		}

	}

	/** What happens when a budget's soft limit would be passed. */
	public enum OnSoftLimit {

		/** Nothing but a header and a metric. */
		WARN,
		/** The cheapest candidate is taken first. */
		CHEAPER

	}

}
