package io.exchequer.routing.wire;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer that was not streamed: checked, its usage read, its bytes untouched.
 *
 * @param bytes the array the body is in, from its beginning
 * @param length the body's bytes
 * @param usage what it used in disjoint buckets, or null where it does not say
 * @param serviceTier the tier the answer names, {@code default} where it names none
 */
public record CompleteAnswer(byte[] bytes, int length, @Nullable TokenUsage usage, String serviceTier) {

	/** The most bytes of an answer, unless configured otherwise: 64 MiB. */
	public static final int BYTES_MAX = 64 * 1024 * 1024;

	/**
	 * Reads an answer to its end; the caller closes it.
	 * @param bytesMax the most bytes to take
	 * @throws UpstreamFailure if it does not arrive whole, is too long, or is not what
	 * the endpoint promises (HTML, half a JSON, an error under a 200)
	 */
	public static CompleteAnswer read(Endpoint endpoint, UpstreamAnswer answer, int bytesMax) throws UpstreamFailure {
		throw new UnsupportedOperationException();
	}

}
