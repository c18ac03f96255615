package io.exchequer.routing.provider.translated;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Locale;

import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.wire.FailedAnswerException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Classifies what went wrong on the way to a provider, or in reading what came back, by
 * the exceptions that the JDK throws, however deeply an SDK wrapped them.
 */
final class TransportFailures {

	private static final Logger LOG = LoggerFactory.getLogger(TransportFailures.class);

	private static final int CAUSES_MAX = 16;

	private TransportFailures() {
	}

	static UpstreamFailure of(Throwable problem) {
		Throwable cause = problem;
		IOException broke = null;
		for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
			UpstreamFailure failure = certain(cause);
			if (failure != null) {
				return failure;
			}
			if (cause instanceof IOException io && broke == null && !isJson(cause)) {
				broke = io;
			}
			cause = cause.getCause();
		}
		if (broke != null) {
			return new UpstreamFailure(FailureClass.NETWORK, "the connection broke before the answer was complete",
					true, null, 0);
		}
		// Its message may quote the answer: only where it came from is told.
		LOG.warn("An answer could not be translated: {} at {}", problem.getClass().getName(),
				(problem.getStackTrace().length > 0) ? problem.getStackTrace()[0] : "an unknown place");
		return new UpstreamFailure(FailureClass.BROKEN_ANSWER, "the provider's answer is not what its API promises",
				true, null, 0);
	}

	/** Jackson 2 throws its own as I/O exceptions. */
	private static boolean isJson(Throwable cause) {
		return cause.getClass().getName().startsWith("com.fasterxml.jackson.");
	}

	private static @Nullable UpstreamFailure certain(Throwable cause) {
		if (cause instanceof UpstreamFailure failure) {
			return failure;
		}
		if (cause instanceof FailedAnswerException failed) {
			return failed.failure();
		}
		if (cause instanceof ConnectException || cause instanceof UnknownHostException
				|| cause instanceof NoRouteToHostException || cause instanceof SSLHandshakeException
				|| cause instanceof SSLPeerUnverifiedException) {
			return new UpstreamFailure(FailureClass.NETWORK, "no connection to the provider", false, null, 0);
		}
		if (cause instanceof SocketTimeoutException timeout) {
			boolean connecting = String.valueOf(timeout.getMessage()).toLowerCase(Locale.ROOT).contains("connect");
			return new UpstreamFailure(FailureClass.TIMEOUT,
					connecting ? "no connection to the provider in time" : "the provider did not answer in time",
					!connecting, null, 0);
		}
		if (cause instanceof InterruptedIOException || cause instanceof InterruptedException) {
			return new UpstreamFailure(FailureClass.TIMEOUT, "the call was cut off", true, null, 0);
		}
		if (cause instanceof EOFException) {
			return new UpstreamFailure(FailureClass.NETWORK, "the connection broke before the answer was complete",
					true, null, 0);
		}
		return null;
	}

}
