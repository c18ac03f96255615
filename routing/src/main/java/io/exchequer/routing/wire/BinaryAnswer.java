package io.exchequer.routing.wire;

import java.io.IOException;

import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;

/** An answer that is sound rather than text, read as it comes. Used by one thread. */
public final class BinaryAnswer {

	private final UpstreamAnswer answer;

	private BinaryAnswer(UpstreamAnswer answer) {
		this.answer = answer;
	}

	/**
	 * Opens an answer.
	 * @throws UpstreamFailure if it is text, which under a 200 is an error or a page
	 */
	public static BinaryAnswer open(UpstreamAnswer answer) throws UpstreamFailure {
		String type = answer.contentType();
		if (type.startsWith("text/") || type.startsWith("application/json")) {
			throw CompleteAnswer.notWhatWasAsked(answer, "audio");
		}
		return new BinaryAnswer(answer);
	}

	/**
	 * Reads what there is, at least a byte.
	 * @return how many bytes, or -1 at the end
	 * @throws UpstreamFailure if the connection breaks or falls silent
	 */
	public int read(byte[] into) throws UpstreamFailure {
		try {
			return this.answer.body().read(into, 0, into.length);
		}
		catch (IOException ex) {
			throw BodyFailures.of(ex);
		}
	}

	/** Makes the failure of an answer with nothing in it. */
	public static UpstreamFailure empty() {
		return BodyFailures.broken("the answer is empty");
	}

}
