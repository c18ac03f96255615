package io.exchequer.routing;

import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;

import io.exchequer.kernel.Money;
import org.jspecify.annotations.Nullable;

/**
 * Chooses deployments for a request and runs it.
 */
public interface RoutingService {

	/**
	 * Routes a request, holds and settles its attempts, and sends the answer. When this
	 * returns, every attempt is settled or released.
	 */
	Outcome serve(AiRequest request, RoutingConfiguration configuration, AnswerSink sink);

	/**
	 * Says what would happen to a request now, without holding or sending anything.
	 * Whether a candidate would be admitted goes by the balances and rates as they stand.
	 */
	Explanation explain(AiRequest request, RoutingConfiguration configuration);

	/** How a request ended. */
	sealed interface Outcome {

		/**
		 * The answer was sent whole.
		 *
		 * @param status the HTTP status
		 * @param contentType its media type
		 * @param cost what it cost
		 */
		record Answered(int status, String contentType, @Nullable Money cost) implements Outcome {
		}

		/**
		 * Nothing was sent to the client yet: the gateway sends this error.
		 *
		 * @param error what to tell
		 * @param attempts how many upstream calls were made
		 */
		record Refused(ApiError error, int attempts) implements Outcome {
		}

		/**
		 * The answer broke off after the commit point; the stream has told the client.
		 */
		record BrokenOff(ApiError error) implements Outcome {
		}

		/**
		 * The client went away; the attempt was drained or cancelled, and billed.
		 *
		 * @param missed the answer that it would have got, where that came whole: the
		 * sink was given all of its bytes. Null where it did not
		 */
		record ClientGone(@Nullable Answered missed) implements Outcome {

			/** The client went away before an answer was whole. */
			public ClientGone() {
				this(null);
			}

		}

	}

	/**
	 * Why each candidate was chosen or excluded.
	 *
	 * @param policyVersionId the policy's version, or null where the name asked for
	 * decided
	 * @param policy the policy's name, or null
	 * @param version the policy's version number, or null
	 * @param task the task
	 * @param strategy the strategy
	 * @param verdicts each candidate, in the route's order, the excluded ones last
	 * @param error what the client would be told, where that is an error, or null
	 */
	record Explanation(@Nullable UUID policyVersionId, @Nullable String policy, @Nullable Integer version, String task,
			String strategy, List<Verdict> verdicts, @Nullable ApiError error) {
	}

	/**
	 * The verdict on a candidate.
	 *
	 * @param deployment its name
	 * @param rank its place in the route from 1, or 0 where it was excluded
	 * @param reason the reason's code, such as {@code cheapest} or {@code circuit_open}
	 * @param detail the reason in words
	 * @param expectedCost the expected cost of this request in units of its currency, or
	 * null
	 * @param worstCase the worst case that would be held, or null
	 */
	record Verdict(String deployment, int rank, String reason, String detail, @Nullable BigDecimal expectedCost,
			@Nullable Money worstCase) {
	}

}
