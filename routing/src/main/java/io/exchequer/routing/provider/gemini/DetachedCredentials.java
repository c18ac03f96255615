package io.exchequer.routing.provider.gemini;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import com.google.api.client.http.HttpResponseException;
import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.wire.FailedAnswerException;
import org.jspecify.annotations.Nullable;

/**
 * Gets an access token on a thread of its own and within a time: several calls wait for
 * the same token, and one that is cut off must not take it from the others. A call that
 * gets none was never sent, so that it has no cost.
 */
final class DetachedCredentials extends GoogleCredentials {

	private static final long serialVersionUID = 1;

	private static final int CAUSES_MAX = 16;

	private final GoogleCredentials source;

	private final Duration wait;

	/**
	 * Makes credentials.
	 * @param source what asks for the tokens
	 * @param wait the longest wait for one
	 */
	DetachedCredentials(GoogleCredentials source, Duration wait) {
		super(GoogleCredentials.newBuilder());
		this.source = source;
		this.wait = wait;
	}

	@Override
	public AccessToken refreshAccessToken() throws IOException {
		CompletableFuture<AccessToken> token = new CompletableFuture<>();
		Thread thread = Thread.ofVirtual().name("google-token").start(() -> {
			try {
				token.complete(this.source.refreshAccessToken());
			}
			catch (IOException | RuntimeException | Error ex) {
				token.completeExceptionally(ex);
			}
		});
		long deadline = System.nanoTime() + this.wait.toNanos();
		boolean interrupted = false;
		try {
			while (true) {
				try {
					return token.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
		}
		catch (TimeoutException ex) {
			thread.interrupt();
			throw failed(FailureClass.TIMEOUT, "the token server did not answer in time");
		}
		catch (ExecutionException ex) {
			throw classified(ex.getCause());
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private static FailedAnswerException classified(@Nullable Throwable problem) {
		Throwable cause = problem;
		for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
			if (cause instanceof HttpResponseException answer) {
				int status = answer.getStatusCode();
				return (status == 429 || status >= 500)
						? failed(FailureClass.OVERLOADED, "the token server answered with status " + status)
						: failed(FailureClass.CREDENTIAL_REJECTED,
								"the token server refused the service account with status " + status);
			}
			if (cause instanceof ConnectException || cause instanceof UnknownHostException) {
				return failed(FailureClass.NETWORK, "no connection to the token server");
			}
			cause = cause.getCause();
		}
		return failed(FailureClass.CREDENTIAL_REJECTED, "the service account gave no access token");
	}

	private static FailedAnswerException failed(FailureClass failureClass, String detail) {
		return new FailedAnswerException(new UpstreamFailure(failureClass, detail, false, null, 0));
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return this == other;
	}

	@Override
	public int hashCode() {
		return System.identityHashCode(this);
	}

}
