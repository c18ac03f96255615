package io.exchequer.routing.provider.gemini;

import java.io.IOException;
import java.time.Clock;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.exchequer.routing.provider.translated.WatchedBody;
import io.exchequer.routing.wire.FailedAnswerException;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Okio;

/**
 * Stands between the SDK and the network. It classifies an error while its details are
 * still there, which the SDK throws away; cuts calls off; and lets every event of a
 * stream through as it comes.
 */
final class GeminiWire implements Interceptor {

	private final Clock clock;

	GeminiWire(Clock clock) {
		this.clock = clock;
	}

	@Override
	public Response intercept(Chain chain) throws IOException {
		CallScope scope = CallScope.CURRENT.get();
		scope.sending(chain.call()::cancel);
		Response response = chain.withConnectTimeout(scope.connectMillis(), TimeUnit.MILLISECONDS)
			.withReadTimeout(scope.readMillis(), TimeUnit.MILLISECONDS)
			.withWriteTimeout(scope.readMillis(), TimeUnit.MILLISECONDS)
			.proceed(chain.request());
		if (!response.isSuccessful()) {
			try (response) {
				byte[] told = response.peekBody(GeminiFailures.BYTES_MAX).bytes();
				throw new FailedAnswerException(
						GeminiFailures.of(response.code(), response.header("Retry-After"), told, this.clock.instant()));
			}
		}
		return response.newBuilder().body(watched(response, scope)).build();
	}

	private static ResponseBody watched(Response response, CallScope scope) throws IOException {
		ResponseBody body = Objects.requireNonNull(response.body());
		MediaType type = body.contentType();
		if (scope.keepsBody()) {
			byte[] bytes = WatchedBody.of(body.byteStream(), false).readAllBytes();
			scope.keep(bytes);
			return ResponseBody.create(bytes, type);
		}
		boolean stream = type != null && type.subtype().toLowerCase(Locale.ROOT).equals("event-stream");
		java.io.InputStream watched = WatchedBody.of(body.byteStream(), stream);
		return ResponseBody.create(Okio.buffer(Okio.source(stream ? new PromptEvents(watched) : watched)), type, -1);
	}

}
