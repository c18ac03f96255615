package io.exchequer.routing.wire;

import java.io.IOException;
import java.net.SocketTimeoutException;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;

/** Failures while an answer's body is read: the provider may charge for them. */
final class BodyFailures {

	private BodyFailures() {
	}

	static UpstreamFailure of(IOException ex) {
		if (ex instanceof FailedAnswerException failed) {
			return failed.failure();
		}
		if (ex instanceof SocketTimeoutException) {
			return new UpstreamFailure(FailureClass.TIMEOUT, "the answer fell silent, or took too long", true, null, 0);
		}
		return new UpstreamFailure(FailureClass.NETWORK, "the connection broke within the answer", true, null, 0);
	}

	static UpstreamFailure broken(String what) {
		return new UpstreamFailure(FailureClass.BROKEN_ANSWER, what, true, null, 0);
	}

}
