package io.exchequer.routing.provider.translated;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.exchequer.registry.Credential;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
import io.exchequer.routing.chat.ChatEvent;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.FinishReason;
import io.exchequer.routing.provider.ProviderCalls;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.OpenAiRequests;
import io.exchequer.routing.wire.EventStreamReader;
import io.exchequer.routing.wire.FailedAnswerException;
import io.exchequer.routing.wire.FrameKind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * How answers are handed over, limited and cut off, whatever the SDK.
 */
class TranslatedProviderTests {

	private static final ChatEvent STARTED = new ChatEvent.Started("id", "m", 1);

	private static final ChatEvent FINISHED = new ChatEvent.Finished(0, FinishReason.STOP, null, null);

	private final CountDownLatch forever = new CountDownLatch(1);

	private @Nullable Scripted provider;

	@AfterEach
	void close() {
		this.forever.countDown();
		if (this.provider != null) {
			this.provider.close();
		}
	}

	@Test
	void holdsTheSdkUpWhileNobodyReads() throws Exception {
		AtomicInteger told = new AtomicInteger();
		CountDownLatch blocked = new CountDownLatch(1);
		try (UpstreamAnswer answer = stream((events) -> {
			events.accept(STARTED);
			Thread self = Thread.currentThread();
			Thread.ofVirtual().start(() -> {
				while (self.getState() != Thread.State.WAITING) {
					Thread.onSpinWait();
				}
				blocked.countDown();
			});
			for (int i = 0; i < 10_000; i++) {
				events.accept(new ChatEvent.TextDelta(0, "x"));
				told.incrementAndGet();
			}
			events.accept(FINISHED);
		}, Duration.ofSeconds(30))) {
			blocked.await();
			assertThat(told.get()).isLessThan(100);
			String body = new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
			assertThat(told.get()).isEqualTo(10_000);
			assertThat(body.split("\"content\":\"x\"", -1)).hasSize(10_001);
			assertThat(body).endsWith("data: [DONE]\n\n");
		}
	}

	@Test
	void promisesNothingBeforeTheFirstEvent() {
		UpstreamFailure failure = failure((events) -> {
			throw new UpstreamFailure(FailureClass.RATE_LIMITED, "slow down", false, Duration.ofSeconds(3), 429);
		});
		assertThat(failure.failureClass()).isEqualTo(FailureClass.RATE_LIMITED);
		assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(3));
	}

	@Test
	void failsWhereAnAnswerEndsWithoutAnEvent() {
		assertThat(failure((events) -> {
		}).failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
	}

	@Test
	void givesUpOnAHeadThatDoesNotCome() {
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class,
				() -> stream((events) -> this.forever.await(), Duration.ofMillis(30)));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.TIMEOUT);
		assertThat(failure.mayHaveCost()).isTrue();
	}

	@Test
	void givesUpOnSilenceWithinAStream() throws Exception {
		CountDownLatch interrupted = new CountDownLatch(1);
		try (UpstreamAnswer answer = stream((events) -> {
			events.accept(STARTED);
			events.accept(new ChatEvent.TextDelta(0, "x"));
			try {
				this.forever.await();
			}
			catch (InterruptedException ex) {
				interrupted.countDown();
				throw ex;
			}
		}, Duration.ofMillis(100))) {
			UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> drain(answer));
			assertThat(failure.failureClass()).isEqualTo(FailureClass.TIMEOUT);
			interrupted.await();
		}
	}

	@Test
	void takesAnythingThatCameForALifeSign() throws Exception {
		try (UpstreamAnswer answer = stream((events) -> {
			events.accept(STARTED);
			long end = System.nanoTime() + Duration.ofMillis(2500).toNanos();
			while (System.nanoTime() - end < 0) {
				events.alive();
				Thread.onSpinWait();
			}
			events.accept(FINISHED);
		}, Duration.ofSeconds(2))) {
			assertThat(answer.body().readAllBytes()).asString().endsWith("data: [DONE]\n\n");
		}
	}

	@Test
	void watchesABodyForLifeSignsAndForItsLength() throws Exception {
		AtomicInteger signs = new AtomicInteger();
		EventSink sink = new EventSink() {

			@Override
			public void accept(ChatEvent event) {
			}

			@Override
			public void requestId(@Nullable String id) {
			}

			@Override
			public void alive() {
				signs.incrementAndGet();
			}

			@Override
			public void onAbort(Runnable cut) {
			}

		};
		byte[] lines = ("x".repeat(99) + "\n").repeat(10).getBytes(StandardCharsets.UTF_8);
		assertThat(WatchedBody.of(new ByteArrayInputStream(lines), sink, true, 100).readAllBytes()).isEqualTo(lines);
		assertThat(signs.get()).isPositive();
		assertThat(WatchedBody.of(new ByteArrayInputStream(lines), sink, false, 1000).readAllBytes()).isEqualTo(lines);
		for (InputStream tooLong : List.of(WatchedBody.of(new ByteArrayInputStream(lines), sink, false, 999),
				WatchedBody.of(new ByteArrayInputStream("x".repeat(101).getBytes(StandardCharsets.UTF_8)), sink, true,
						100))) {
			FailedAnswerException failed = catchThrowableOfType(FailedAnswerException.class, tooLong::readAllBytes);
			assertThat(failed.failure().failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
			assertThat(TransportFailures.of(new RuntimeException(failed))).isSameAs(failed.failure());
		}
	}

	@Test
	void tellsTheFailureOfAStreamByItsOwnClass() throws Exception {
		try (UpstreamAnswer answer = stream((events) -> {
			events.accept(STARTED);
			events.accept(new ChatEvent.TextDelta(0, "x"));
			throw new UpstreamFailure(FailureClass.OVERLOADED, "busy", true, null, 0);
		}, Duration.ofSeconds(30))) {
			UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> drain(answer));
			assertThat(failure.failureClass()).isEqualTo(FailureClass.OVERLOADED);
		}
	}

	@Test
	void takesAStreamWithAnUnfinishedChoiceForBroken() throws Exception {
		try (UpstreamAnswer answer = stream((events) -> {
			events.accept(STARTED);
			events.accept(new ChatEvent.TextDelta(0, "x"));
			events.accept(new ChatEvent.TextDelta(1, "y"));
			events.accept(FINISHED);
		}, Duration.ofSeconds(30))) {
			UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> drain(answer));
			assertThat(failure.failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
			assertThat(failure.mayHaveCost()).isTrue();
		}
	}

	@Test
	void cutsTheCallOffWhenItIsClosedEarly() throws Exception {
		CountDownLatch cut = new CountDownLatch(1);
		CountDownLatch interrupted = new CountDownLatch(1);
		UpstreamAnswer answer = stream((events) -> {
			events.onAbort(cut::countDown);
			events.accept(STARTED);
			try {
				this.forever.await();
			}
			catch (InterruptedException ex) {
				interrupted.countDown();
			}
			events.accept(FINISHED);
		}, Duration.ofSeconds(30));
		answer.close();
		cut.await();
		interrupted.await();
		assertThat(catchThrowableOfType(IOException.class, () -> answer.body().readAllBytes())).isNotNull();
	}

	@Test
	void leavesACallAloneThatCameToItsEnd() throws Exception {
		AtomicInteger cuts = new AtomicInteger();
		UpstreamAnswer answer = stream((events) -> {
			events.onAbort(cuts::incrementAndGet);
			events.accept(STARTED);
			events.accept(FINISHED);
		}, Duration.ofSeconds(30));
		answer.body().readAllBytes();
		answer.close();
		assertThat(cuts).hasValue(0);
	}

	@Test
	void tellsOnlyWhatAnIdentifierMayHave() throws Exception {
		try (UpstreamAnswer answer = stream((events) -> {
			events.requestId("req\r\n1");
			events.accept(STARTED);
			events.accept(FINISHED);
		}, Duration.ofSeconds(30))) {
			assertThat(answer.upstreamRequestId()).isEqualTo("req__1");
		}
	}

	@Test
	void hasNoOtherApiUnlessAProviderSaysSo() {
		Scripted scripted = scripted((events) -> {
		});
		UpstreamCall embeddings = ProviderCalls.call(deployment(Duration.ofSeconds(1)), Endpoint.EMBEDDINGS,
				"{\"model\":\"m\",\"input\":\"x\"}");
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> scripted.call(embeddings));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.MODEL_GONE);
		assertThat(failure.mayHaveCost()).isFalse();
	}

	@Test
	void completesNoTextsUnlessAProviderSaysSo() throws Exception {
		Scripted scripted = scripted((events) -> {
		});
		byte[] body = "{\"model\":\"m\",\"prompt\":\"x\"}".getBytes(StandardCharsets.UTF_8);
		assertThat(scripted.uncarried(OpenAiRequests.parse(Endpoint.COMPLETIONS, body, body.length),
				deployment(Duration.ofSeconds(1))))
			.singleElement()
			.satisfies((uncarried) -> {
				assertThat(uncarried.param()).isEqualTo("prompt");
				assertThat(uncarried.droppable()).isFalse();
			});
	}

	static Stream<Arguments> problems() {
		return Stream.of(arguments(new ConnectException("refused"), FailureClass.NETWORK, false),
				arguments(new UnknownHostException("nowhere"), FailureClass.NETWORK, false),
				arguments(new SocketTimeoutException("Connect timed out"), FailureClass.TIMEOUT, false),
				arguments(new SocketTimeoutException("Read timed out"), FailureClass.TIMEOUT, true),
				arguments(new EOFException("\\n not found"), FailureClass.NETWORK, true),
				arguments(new IOException("unexpected end of stream"), FailureClass.NETWORK, true),
				arguments(new IllegalStateException("half a JSON"), FailureClass.BROKEN_ANSWER, true),
				arguments(new RuntimeException("wrapped", new RuntimeException(new ConnectException("refused"))),
						FailureClass.NETWORK, false));
	}

	@ParameterizedTest
	@MethodSource("problems")
	void classifiesWhatGoesWrongOnTheWayHoweverItIsWrapped(Exception problem, FailureClass expected,
			boolean mayHaveCost) {
		UpstreamFailure failure = failure((events) -> {
			throw problem;
		});
		assertThat(failure.failureClass()).isEqualTo(expected);
		assertThat(failure.mayHaveCost()).isEqualTo(mayHaveCost);
	}

	@Test
	void sharesAClientAndClosesItOnceNobodyUsesIt() throws Exception {
		SettableClock clock = new SettableClock();
		List<String> made = new ArrayList<>();
		CountDownLatch closed = new CountDownLatch(1);
		SdkClients<String> clients = new SdkClients<>((key) -> {
			made.add(key.baseUrl());
			return "client-" + made.size();
		}, (client) -> closed.countDown(), clock);
		SdkClients.Lease<String> first = clients.lease(key("http://a", "s1"));
		SdkClients.Lease<String> second = clients.lease(key("http://a", "s1"));
		assertThat(second.client()).isEqualTo(first.client());
		assertThat(clients.lease(key("http://a", "s2")).client()).isEqualTo("client-2");
		clock.now = clock.now.plus(SdkClients.KEPT).plusSeconds(1);
		clients.lease(key("http://b", "s1"));
		assertThat(clients.size()).isEqualTo(3);
		first.close();
		second.close();
		clock.now = clock.now.plus(SdkClients.KEPT).plusSeconds(1);
		clients.lease(key("http://b", "s1"));
		closed.await();
		assertThat(clients.size()).isEqualTo(2);
		clients.close();
		assertThatIllegalArgumentException().isThrownBy(() -> clients.lease(key("http://a", "s1")));
	}

	private static SdkClients.Key key(String url, String secret) {
		return new SdkClients.Key(new UUID(1, 1), "scripted", url, Map.of(), new Credential(new UUID(2, 2), secret));
	}

	private UpstreamFailure failure(Script script) {
		return catchThrowableOfType(UpstreamFailure.class, () -> stream(script, Duration.ofSeconds(30)));
	}

	private UpstreamAnswer stream(Script script, Duration patience) throws UpstreamFailure {
		return scripted(script).call(ProviderCalls.call(deployment(patience), Endpoint.CHAT_COMPLETIONS,
				ProviderCalls.chat("Hi", "\"stream\":true")));
	}

	private Scripted scripted(Script script) {
		Scripted made = new Scripted(script);
		this.provider = made;
		return made;
	}

	private static Deployment deployment(Duration patience) {
		return ProviderCalls.deployment(ProviderCalls.provider("scripted", "", Map.of()),
				ProviderCalls.patience(patience));
	}

	private static void drain(UpstreamAnswer answer) throws UpstreamFailure {
		EventStreamReader reader = EventStreamReader.open(answer, EventStreamReader.FRAME_BYTES_MAX);
		FrameKind kind = reader.next();
		while (kind != FrameKind.END) {
			kind = reader.next();
		}
	}

	@FunctionalInterface
	private interface Script {

		void run(EventSink events) throws Exception;

	}

	private static final class Scripted extends TranslatedProvider<String> {

		private final Script script;

		Scripted(Script script) {
			super(Clock.systemUTC());
			this.script = script;
		}

		@Override
		public Set<String> kinds() {
			return Set.of("scripted");
		}

		@Override
		protected String connect(SdkClients.Key key) {
			return "client";
		}

		@Override
		protected void disconnect(String client) {
		}

		@Override
		protected void lacks(ChatRequest request, Deployment deployment, Lacks lacks) {
		}

		@Override
		protected @Nullable UpstreamFailure failure(Throwable problem, Instant now) {
			return null;
		}

		@Override
		protected void converse(String client, ChatRequest request, UpstreamCall call, EventSink events)
				throws Exception {
			this.script.run(events);
		}

	}

	private static final class SettableClock extends Clock {

		private Instant now = Instant.parse("2026-11-24T10:00:00Z");

		@Override
		public ZoneId getZone() {
			return ZoneId.of("UTC");
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

		@Override
		public Instant instant() {
			return this.now;
		}

	}

}
