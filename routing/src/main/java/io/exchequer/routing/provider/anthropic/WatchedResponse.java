package io.exchequer.routing.provider.anthropic;

import java.io.InputStream;
import java.util.Locale;

import com.anthropic.core.http.Headers;
import com.anthropic.core.http.HttpResponse;
import io.exchequer.routing.provider.translated.WatchedBody;

/** A response whose body is watched. */
final class WatchedResponse implements HttpResponse {

	private final HttpResponse response;

	private final InputStream body;

	WatchedResponse(HttpResponse response) {
		this.response = response;
		boolean stream = response.headers()
			.values("content-type")
			.stream()
			.anyMatch((type) -> type.toLowerCase(Locale.ROOT).startsWith("text/event-stream"));
		this.body = WatchedBody.of(response.body(), stream);
	}

	@Override
	public int statusCode() {
		return this.response.statusCode();
	}

	@Override
	public Headers headers() {
		return this.response.headers();
	}

	@Override
	public InputStream body() {
		return this.body;
	}

	@Override
	public void close() {
		this.response.close();
	}

}
