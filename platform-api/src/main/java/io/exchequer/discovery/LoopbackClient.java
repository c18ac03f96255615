package io.exchequer.discovery;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks one server on this machine. It follows no redirects, goes by no proxy, and takes
 * neither long nor much. Used by one thread.
 */
final class LoopbackClient {

	private static final int BYTES_MAX = 4 * 1024 * 1024;

	private final HttpClient client;

	private final URI server;

	private final Duration timeout;

	private final long end_ns;

	/**
	 * Makes a client.
	 * @param timeout the longest that one answer is waited for
	 * @param patience the longest that all of them are
	 */
	LoopbackClient(HttpClient client, URI server, Duration timeout, Duration patience) {
		this.client = client;
		this.server = server;
		this.timeout = timeout;
		this.end_ns = System.nanoTime() + patience.toNanos();
	}

	/** Makes what clients share. */
	static HttpClient shared(Duration connectTimeout) {
		return HttpClient.newBuilder()
			.version(HttpClient.Version.HTTP_1_1)
			.followRedirects(HttpClient.Redirect.NEVER)
			.proxy(HttpClient.Builder.NO_PROXY)
			.connectTimeout(connectTimeout)
			.build();
	}

	/** Returns the answer, or null where none came whole and in time. */
	@Nullable Reply get(String path) throws InterruptedException {
		return send(request(path).GET());
	}

	/** Returns the answer, or null where none came whole and in time. */
	@Nullable Reply post(String path, JsonNode body) throws InterruptedException {
		return send(request(path).header("Content-Type", "application/json")
			.POST(BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(body))));
	}

	private HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(URI.create(this.server + path)).header("Accept", "application/json");
	}

	private @Nullable Reply send(HttpRequest.Builder request) throws InterruptedException {
		long left_ns = Math.min(this.timeout.toNanos(), this.end_ns - System.nanoTime());
		if (left_ns <= 0 || !isHere()) {
			return null;
		}
		CompletableFuture<HttpResponse<byte[]>> answer = this.client.sendAsync(request.build(),
				BodyHandlers.limiting(BodyHandlers.ofByteArray(), BYTES_MAX));
		try {
			HttpResponse<byte[]> response = answer.get(left_ns, TimeUnit.NANOSECONDS);
			return new Reply(response.statusCode(), response.headers(), json(response.body()));
		}
		catch (ExecutionException ex) {
			return null; // Nobody listens, or what does speaks no HTTP.
		}
		catch (TimeoutException ex) {
			return null;
		}
		finally {
			// Cuts the connection of what has not ended.
			answer.cancel(true);
		}
	}

	/** Whatever a name may stand for: nothing leaves this machine. */
	private boolean isHere() {
		try {
			for (InetAddress address : InetAddress.getAllByName(this.server.getHost())) {
				if (!address.isLoopbackAddress()) {
					return false;
				}
			}
			return true;
		}
		catch (UnknownHostException ex) {
			return false;
		}
	}

	private static JsonNode json(byte[] body) {
		try {
			return JsonMapper.shared().readTree(body);
		}
		catch (JacksonException ex) {
			return JsonMapper.shared().missingNode();
		}
	}

	/**
	 * An answer.
	 *
	 * @param status its status
	 * @param headers its headers
	 * @param body what its body says; missing where that is no JSON
	 */
	record Reply(int status, HttpHeaders headers, JsonNode body) {

		boolean isOk() {
			return this.status == 200;
		}

		boolean asksForAKey() {
			return this.status == 401 || this.status == 403;
		}

		/** Returns whether a platform like this one answered. */
		boolean isAPlatforms() {
			return this.headers.map()
				.keySet()
				.stream()
				.anyMatch((name) -> name.toLowerCase(Locale.ROOT).startsWith("x-exchequer-"));
		}

	}

}
