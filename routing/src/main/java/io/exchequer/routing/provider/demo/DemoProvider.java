package io.exchequer.routing.provider.demo;

import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.wire.AssistantPrefill;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.FailureClassifier;
import org.springframework.stereotype.Component;

/**
 * The built-in simulator: OpenAI's wire format without a model, a key or a socket. What
 * it says follows from the request alone. {@code metadata.demo_error} makes it fail: a
 * status such as {@code 429}, or {@code timeout}, {@code reset}, {@code broken_json},
 * {@code broken_stream} and {@code html}; {@code metadata.demo_latency} (such as
 * {@code 2s}) chooses the wait before its first token. Deployment options: see
 * {@link DemoOptions}.
 */
@Component
public final class DemoProvider implements UpstreamProvider {

	private static final String STREAM = "text/event-stream; charset=utf-8";

	private static final String JSON = "application/json";

	private final Clock clock;

	private final Map<DeploymentId, AtomicInteger> calls = new ConcurrentHashMap<>();

	public DemoProvider(Clock clock) {
		this.clock = clock;
	}

	@Override
	public Set<String> kinds() {
		return Set.of("demo");
	}

	@Override
	public UpstreamAnswer call(UpstreamCall call) throws UpstreamFailure {
		DemoOptions options = options(call);
		if (call.endpoint() == Endpoint.EMBEDDINGS) {
			throw status(404, call);
		}
		DemoRequest request = DemoRequest.of(call.body());
		PacedAnswer.Pace pace = pace(call, options, request);
		String error = request.error();
		if (error == null && failsByChance(call, options)) {
			error = "500";
		}
		if (error != null && error.matches("[45]\\d\\d")) {
			throw status(Integer.parseInt(error), call);
		}
		DemoAnswer writer = (call.endpoint() == Endpoint.COMPLETIONS)
				? new DemoCompletion(request, this.clock.instant().getEpochSecond()) : writer(request);
		return (error == null) ? answer(call, writer, pace) : failing(error, call, writer, pace);
	}

	private DemoWriter writer(DemoRequest request) throws UpstreamFailure {
		try {
			return new DemoWriter(request, this.clock.instant().getEpochSecond());
		}
		catch (IllegalArgumentException ex) {
			throw UpstreamFailure.callersFault("the simulator cannot follow the schema: " + ex.getMessage(), null);
		}
	}

	@Override
	public void checkOptions(Map<String, String> options) {
		DemoOptions.of(options);
		AssistantPrefill.check(options);
	}

	private static DemoOptions options(UpstreamCall call) throws UpstreamFailure {
		try {
			return DemoOptions.of(call.deployment().settings().options());
		}
		catch (IllegalArgumentException ex) {
			throw new UpstreamFailure(FailureClass.SERVER_ERROR,
					"the simulator's deployment is not set up rightly: " + ex.getMessage(), false, null, 0);
		}
	}

	private PacedAnswer.Pace pace(UpstreamCall call, DemoOptions options, DemoRequest request) throws UpstreamFailure {
		Duration wait = options.paced() ? options.timeToFirstToken() : Duration.ZERO;
		String latency = request.latency();
		try {
			wait = (latency != null) ? DemoOptions.duration(latency) : wait;
		}
		catch (IllegalArgumentException ex) {
			throw UpstreamFailure.callersFault("'metadata.demo_latency' must be like 250ms or 2s, at most 1h",
					"metadata");
		}
		long now = System.nanoTime();
		long remaining = Duration.between(this.clock.instant(), call.deadline()).toNanos();
		return new PacedAnswer.Pace(now + wait.toNanos(), options.paced() ? options.nanosPerToken() : 0,
				now + remaining, call.deployment().settings().idleTimeout().toNanos());
	}

	private boolean failsByChance(UpstreamCall call, DemoOptions options) {
		if (options.failEvery() > 0) {
			AtomicInteger count = this.calls.computeIfAbsent(call.deployment().id(), (_) -> new AtomicInteger());
			if (count.incrementAndGet() % options.failEvery() == 0) {
				return true;
			}
		}
		return options.errorRate() > 0 && Math.floorMod(DemoRequest.hash(call.requestId().toString()),
				1_000_000L) < options.errorRate() * 1_000_000;
	}

	private static UpstreamAnswer answer(UpstreamCall call, DemoAnswer writer, PacedAnswer.Pace pace)
			throws UpstreamFailure {
		if (call.stream()) {
			awaitHead(call, pace, 0);
			return new PacedAnswer(STREAM, id(call), writer.events(), pace, false);
		}
		awaitHead(call, pace, writer.steps());
		return whole(call, JSON, writer.whole(), pace);
	}

	private static UpstreamAnswer failing(String error, UpstreamCall call, DemoAnswer writer, PacedAnswer.Pace pace)
			throws UpstreamFailure {
		switch (error) {
			case "timeout":
				awaitHead(call, new PacedAnswer.Pace(pace.begin() + Duration.ofDays(1).toNanos(), 0, pace.deadline(),
						pace.idleNanos()), 0);
				throw timeout();
			case "reset":
				throw new UpstreamFailure(FailureClass.NETWORK, "the connection broke before an answer came", true,
						null, 0);
			case "html":
				byte[] page = "<html><body><h1>502 Bad Gateway</h1></body></html>".getBytes(StandardCharsets.US_ASCII);
				return whole(call, "text/html", page, pace);
			case "broken_json":
				byte[] answer = writer.whole();
				return whole(call, JSON, java.util.Arrays.copyOf(answer, answer.length / 2), pace);
			case "broken_stream":
				awaitHead(call, pace, 0);
				List<DemoWriter.Event> events = writer.events();
				return new PacedAnswer(call.stream() ? STREAM : JSON, id(call), events.subList(0, events.size() / 2),
						pace, true);
			default:
				throw status(400, call);
		}
	}

	private static UpstreamAnswer whole(UpstreamCall call, String contentType, byte[] body, PacedAnswer.Pace pace) {
		return new PacedAnswer(contentType, id(call), List.of(new DemoWriter.Event(0, body)), pace, false);
	}

	private static void awaitHead(UpstreamCall call, PacedAnswer.Pace pace, int step) throws UpstreamFailure {
		try {
			pace.await(step, call.headTimeout().toNanos());
		}
		catch (SocketTimeoutException ex) {
			throw timeout();
		}
	}

	private static UpstreamFailure timeout() {
		return new UpstreamFailure(FailureClass.TIMEOUT, "the simulator did not answer in time", true, null, 0);
	}

	private static UpstreamFailure status(int status, UpstreamCall call) {
		return FailureClassifier.classify(status, (status == 429) ? "1" : null, new byte[0], 0, call.deadline());
	}

	private static String id(UpstreamCall call) {
		return "demo-" + call.requestId();
	}

}
