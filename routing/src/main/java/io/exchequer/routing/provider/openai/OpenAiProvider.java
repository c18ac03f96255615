package io.exchequer.routing.provider.openai;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.chat.Uncarried;
import io.exchequer.routing.wire.Addition;
import io.exchequer.routing.wire.AssistantPrefill;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.FailureClassifier;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.routing.wire.WireDialect;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.DefaultClientConnectionReuseStrategy;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.ConnectionEndpoint;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionReuseStrategy;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Speaks to any server with OpenAI's wire format over pooled connections. It follows no
 * redirects, keeps no cookies, asks for no compression and repeats nothing that a server
 * may have begun to work on.
 * <p>
 * <b>Stale connections.</b> A completion is not idempotent, so a request that may have
 * arrived is never sent again. One case is safe: a kept connection that breaks before the
 * whole request was written. The server lacks a part of the body then, and the request is
 * sent once more on another connection. A connection that breaks after the last byte was
 * written is a failure that may have a cost. That such a break merely meant "idle for too
 * long" is made rare from this side: idle connections are kept for less time than servers
 * keep them (four seconds, or a second less than {@code Keep-Alive: timeout} says), and
 * are checked before use when idle for longer than {@value #CHECK_AFTER_MILLIS} ms.
 */
@Component
public final class OpenAiProvider implements UpstreamProvider, AutoCloseable {

	static final int CHECK_AFTER_MILLIS = 500;

	private static final Duration KEEP_ALIVE_MAX = Duration.ofMinutes(5);

	private static final int HEADERS_MAX = 200;

	private static final int HEADER_BYTES_MAX = 32 * 1024;

	private static final int CONNECTIONS_PER_HOST_MAX = 20_000;

	private final Clock clock;

	private final PoolingHttpClientConnectionManager connections;

	private final ConnectionReuseStrategy reuse = DefaultClientConnectionReuseStrategy.INSTANCE;

	private final Map<DeploymentId, UpstreamTarget> targets = new ConcurrentHashMap<>();

	private final Watchdog watchdog;

	public OpenAiProvider(Clock clock) {
		this.clock = clock;
		this.connections = PoolingHttpClientConnectionManagerBuilder.create()
			.setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
				.http1Config(
						Http1Config.custom().setMaxHeaderCount(HEADERS_MAX).setMaxLineLength(HEADER_BYTES_MAX).build())
				.build())
			.setPoolConcurrencyPolicy(PoolConcurrencyPolicy.LAX)
			.setConnPoolPolicy(PoolReusePolicy.LIFO)
			.setMaxConnPerRoute(CONNECTIONS_PER_HOST_MAX)
			.setDefaultSocketConfig(SocketConfig.custom()
				.setTcpNoDelay(true)
				.setSoKeepAlive(true)
				.setSoTimeout(Timeout.DISABLED)
				.build())
			.setDefaultConnectionConfig(ConnectionConfig.custom()
				.setSocketTimeout(Timeout.DISABLED)
				.setValidateAfterInactivity(TimeValue.ofMilliseconds(CHECK_AFTER_MILLIS))
				.build())
			.setDefaultTlsConfig(TlsConfig.custom().setHandshakeTimeout(Timeout.ofSeconds(10)).build())
			.build();
		this.watchdog = new Watchdog(this.connections::closeExpired);
	}

	@Override
	public Set<String> kinds() {
		return Set.of("openai", UpstreamTarget.AZURE);
	}

	@Override
	public void checkSettings(Map<String, String> settings) {
		UpstreamTarget.check(settings);
		WireDialect.check(settings);
		AssistantPrefill.check(settings);
	}

	@Override
	public void checkOptions(Map<String, String> options) {
		WireDialect.check(options);
		AssistantPrefill.check(options);
	}

	@Override
	public List<Uncarried> uncarried(RequestDocument document, Deployment deployment) {
		List<Addition> additions = document.additions();
		if (additions.isEmpty() || !WireDialect.of(deployment).strict()) {
			return List.of();
		}
		return additions.stream().map(StrictMembers::uncarried).toList();
	}

	@Override
	public UpstreamAnswer call(UpstreamCall call) throws UpstreamFailure {
		return send(call, call.endpoint().path(), "", FailureClassifier::classify);
	}

	/**
	 * Sends a call whose body may be of another wire.
	 * @param path the path below the base URL, with its leading slash
	 * @param usualBaseUrl where the provider is if the administrator does not say
	 * @param errors reads what is answered in place of an answer
	 */
	UpstreamAnswer send(UpstreamCall call, String path, String usualBaseUrl, ErrorReader errors)
			throws UpstreamFailure {
		UpstreamTarget target = target(call.deployment(), usualBaseUrl);
		long remaining = Duration.between(this.clock.instant(), call.deadline()).toNanos();
		long deadline = System.nanoTime() + remaining;
		BasicClassicHttpRequest request = request(target, path, call);
		Attempt attempt = new Attempt(target, request, deadline, call.headTimeout());
		PooledAnswer answer = attempt.run();
		if (answer == null) {
			// A kept connection broke before the request was out: once more, on a new
			// one.
			this.connections.closeIdle(TimeValue.ZERO_MILLISECONDS);
			answer = attempt.run();
		}
		if (answer == null) {
			throw new UpstreamFailure(FailureClass.NETWORK, "the connection broke while the request was sent", false,
					null, 0);
		}
		return checked(answer, errors, call.endpoint());
	}

	private UpstreamTarget target(Deployment deployment, String usualBaseUrl) throws UpstreamFailure {
		UpstreamTarget target = this.targets.get(deployment.id());
		if (target == null || target.deployment() != deployment) {
			try {
				target = UpstreamTarget.of(deployment, usualBaseUrl);
			}
			catch (IllegalArgumentException ex) {
				throw new UpstreamFailure(FailureClass.NETWORK,
						"the deployment's provider is not set up rightly: " + ex.getMessage(), false, null, 0);
			}
			this.targets.put(deployment.id(), target);
		}
		return target;
	}

	private static BasicClassicHttpRequest request(UpstreamTarget target, String path, UpstreamCall call) {
		BasicClassicHttpRequest request = new BasicClassicHttpRequest("POST", target.uri(path));
		for (Header header : target.headers()) {
			request.addHeader(header);
		}
		request.addHeader("Accept", accepted(call));
		request.addHeader("X-Client-Request-Id", call.requestId().toString());
		request.addHeader("Content-Length", Long.toString(call.body().length()));
		request.setEntity(new SplicedEntity(call.body()));
		return request;
	}

	private static String accepted(UpstreamCall call) {
		if (call.endpoint() == Endpoint.AUDIO_SPEECH) {
			return "*/*";
		}
		return call.stream() ? "text/event-stream" : "application/json";
	}

	/** Turns an answer that is none into a failure. */
	private UpstreamAnswer checked(PooledAnswer answer, ErrorReader errors, Endpoint endpoint) throws UpstreamFailure {
		int status = answer.status();
		if (status >= 200 && status < 300) {
			String encoding = answer.header("Content-Encoding");
			if (encoding == null || encoding.equalsIgnoreCase("identity")) {
				return answer;
			}
			answer.abort();
			throw new UpstreamFailure(FailureClass.BROKEN_ANSWER, "the answer is compressed, which was not asked for",
					true, null, status);
		}
		byte[] excerpt = new byte[FailureClassifier.EXCERPT_BYTES_MAX];
		int length = 0;
		try (answer) {
			length = answer.body().readNBytes(excerpt, 0, excerpt.length);
		}
		catch (IOException ex) {
			// The status tells enough.
		}
		UpstreamFailure failure = errors.read(status, retryAfter(answer), excerpt, length, this.clock.instant());
		// Nothing is wrong with a deployment that only chats: it was asked for the wrong
		// thing, and goes on chatting.
		throw (endpoint == Endpoint.COMPLETIONS && (status == 404 || status == 405)) ? UpstreamFailure.callersFault(
				"the model's server does not complete texts with it: use /v1/chat/completions, or another model",
				"model") : failure;
	}

	private static @Nullable String retryAfter(PooledAnswer answer) {
		String millis = answer.header("retry-after-ms");
		if (millis != null && millis.length() <= 9 && millis.chars().allMatch((c) -> c >= '0' && c <= '9')
				&& !millis.isEmpty()) {
			int value = Integer.parseInt(millis);
			return value / 1000 + "." + String.format("%03d", value % 1000);
		}
		return answer.header("Retry-After");
	}

	@Override
	public void close() {
		this.watchdog.close();
		this.connections.close(CloseMode.IMMEDIATE);
	}

	/** Classifies an error as {@link FailureClassifier#classify} does. */
	@FunctionalInterface
	interface ErrorReader {

		UpstreamFailure read(int status, @Nullable String retryAfter, byte[] body, int length, Instant now);

	}

	/** One request on its way, on one connection or, where it is safe, two. */
	private final class Attempt {

		private final UpstreamTarget target;

		private final BasicClassicHttpRequest request;

		private final DeploymentSettings settings;

		private final long deadline;

		private final long headNanos;

		private boolean repeated;

		private boolean sent;

		Attempt(UpstreamTarget target, BasicClassicHttpRequest request, long deadline, Duration headTimeout) {
			this.target = target;
			this.request = request;
			this.settings = target.deployment().settings();
			this.deadline = deadline;
			this.headNanos = headTimeout.toNanos();
		}

		/**
		 * Sends the request and waits for the answer's head.
		 * @return the answer, or null if nothing can have arrived and it may be sent
		 * again
		 */
		@Nullable PooledAnswer run() throws UpstreamFailure {
			HttpRoute route = this.target.route();
			ConnectionEndpoint endpoint = lease(route);
			boolean kept = endpoint.isConnected();
			if (!kept) {
				connect(endpoint);
			}
			PooledAnswer answer = new PooledAnswer(OpenAiProvider.this.connections, endpoint,
					OpenAiProvider.this.watchdog, this.deadline, this.settings.idleTimeout().toNanos());
			answer.waitAtMost(this.headNanos);
			try {
				ClassicHttpResponse head = endpoint.execute("", this.request,
						(request, connection, context) -> exchange(connection, answer), HttpClientContext.create());
				answer.came();
				answer.begins(head, keepAlive(head));
				return answer;
			}
			catch (IOException | HttpException | RuntimeException ex) {
				answer.abort();
				if (!this.sent && kept && !this.repeated && !answer.timedOut() && ex instanceof IOException) {
					this.repeated = true;
					return null;
				}
				throw failure(answer, ex);
			}
		}

		private ClassicHttpResponse exchange(HttpClientConnection connection, PooledAnswer answer)
				throws IOException, HttpException {
			connection.sendRequestHeader(this.request);
			connection.sendRequestEntity(this.request);
			connection.flush();
			this.sent = true;
			answer.waitAtMost(this.headNanos);
			ClassicHttpResponse head = connection.receiveResponseHeader();
			while (head.getCode() < 200) {
				head = connection.receiveResponseHeader();
			}
			connection.receiveResponseEntity(head);
			return head;
		}

		private UpstreamFailure failure(PooledAnswer answer, Exception ex) {
			if (answer.timedOut()) {
				return new UpstreamFailure(FailureClass.TIMEOUT, "the provider did not answer in time", this.sent, null,
						0);
			}
			if (ex instanceof IOException) {
				return new UpstreamFailure(FailureClass.NETWORK,
						this.sent ? "the connection broke before an answer came"
								: "the connection broke while the request was sent",
						this.sent, null, 0);
			}
			return new UpstreamFailure(FailureClass.BROKEN_ANSWER, "the provider's answer is not HTTP", this.sent, null,
					0);
		}

		private ConnectionEndpoint lease(HttpRoute route) throws UpstreamFailure {
			Timeout wait = Timeout.of(this.settings.connectTimeout());
			try {
				return OpenAiProvider.this.connections.lease("", route, wait, null).get(wait);
			}
			catch (TimeoutException | ExecutionException ex) {
				throw new UpstreamFailure(FailureClass.NETWORK, "no connection was free", false, null, 0);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new UpstreamFailure(FailureClass.NETWORK, "interrupted while waiting for a connection", false,
						null, 0);
			}
		}

		private void connect(ConnectionEndpoint endpoint) throws UpstreamFailure {
			long left = this.deadline - System.nanoTime();
			long millis = Math.min(this.settings.connectTimeout().toMillis(), left / 1_000_000);
			try {
				if (millis <= 0) {
					throw new java.net.SocketTimeoutException("no time left");
				}
				OpenAiProvider.this.connections.connect(endpoint, TimeValue.ofMilliseconds(millis),
						HttpClientContext.create());
				endpoint.setSocketTimeout(Timeout.DISABLED);
			}
			catch (IOException | RuntimeException ex) {
				endpoint.close(CloseMode.IMMEDIATE);
				OpenAiProvider.this.connections.release(endpoint, null, null);
				boolean timeout = ex instanceof java.net.SocketTimeoutException;
				throw new UpstreamFailure(timeout ? FailureClass.TIMEOUT : FailureClass.NETWORK,
						timeout ? "no connection to the provider in time" : "no connection to the provider", false,
						null, 0);
			}
		}

		private @Nullable TimeValue keepAlive(ClassicHttpResponse head) {
			if (!OpenAiProvider.this.reuse.keepAlive(this.request, head, HttpClientContext.create())
					|| closesUnannounced(head)) {
				return null;
			}
			Header told = head.getFirstHeader("Keep-Alive");
			Duration seconds = (told != null) ? timeout(told.getValue()) : null;
			if (seconds == null) {
				return this.target.keepAlive();
			}
			return seconds.isZero() ? null : TimeValue.of(seconds);
		}

		/**
		 * llama.cpp closes its connection after every answer of unknown length, whatever
		 * its head says: the next request would be lost, and perhaps have a cost.
		 */
		private static boolean closesUnannounced(ClassicHttpResponse head) {
			Header server = head.getFirstHeader("Server");
			return server != null && server.getValue().equals("llama.cpp") && head.containsHeader("Transfer-Encoding");
		}

		/** Reads {@code timeout=5}, and leaves a second for the way. */
		private static @Nullable Duration timeout(String value) {
			int at = value.indexOf("timeout=");
			if (at < 0) {
				return null;
			}
			int end = at + 8;
			while (end < value.length() && end < at + 14 && Character.isDigit(value.charAt(end))) {
				end++;
			}
			if (end == at + 8) {
				return null;
			}
			Duration told = Duration.ofSeconds(Math.max(0, Integer.parseInt(value.substring(at + 8, end)) - 1));
			return (told.compareTo(KEEP_ALIVE_MAX) > 0) ? KEEP_ALIVE_MAX : told;
		}

	}

}
