package io.exchequer.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.exchequer.routing.AiRequest;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.AnswerSink.Head;
import io.exchequer.routing.RoutingService.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients that misbehave below HTTP: slow, broken off, or gone.
 */
@Timeout(60)
class GatewaySocketIT {

	private static final String CHAT = "{\"model\":\"sim\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

	private static final String PATH = "/v1/chat/completions";

	private final AtomicInteger served = new AtomicInteger();

	private GatewayServer server;

	@BeforeEach
	void start() {
		this.server = new GatewayServer(GatewayServer.settings());
		this.server.script = this::answer;
	}

	@AfterEach
	void stop() {
		this.server.close();
		assertThat(this.server.memory.used()).as("memory that was not given back").isZero();
	}

	@Test
	void readsABodyInChunks() throws IOException {
		try (RawClient client = new RawClient(this.server.port())) {
			client.head(PATH, "Transfer-Encoding: chunked", "Connection: close");
			for (char character : CHAT.toCharArray()) {
				client.send("1\r\n" + character + "\r\n");
			}
			assertThat(client.send("0\r\n\r\n").readAll()).startsWith("HTTP/1.1 200").contains("{\"ok\":true}");
		}
	}

	@Test
	void leasesAnIdempotencyKeyFromTheEndOfASlowBodyOn() throws IOException {
		try (RawClient client = new RawClient(this.server.port())) {
			client.head(PATH, "Transfer-Encoding: chunked", "Connection: close", "Idempotency-Key: slow");
			client.send(Integer.toHexString(CHAT.length()) + "\r\n" + CHAT + "\r\n");
			Instant beforeTheEnd = Instant.now();
			assertThat(client.send("0\r\n\r\n").readAll()).startsWith("HTTP/1.1 200");
			assertThat(this.server.claims.askedAt).isNotNull().isAfterOrEqualTo(beforeTheEnd);
		}
	}

	@Test
	void refusesAChunkedBodyOnceItPassesTheLimit() throws IOException {
		try (RawClient client = new RawClient(this.server.port())) {
			client.head(PATH, "Transfer-Encoding: chunked", "Connection: close");
			String chunk = "x".repeat(16 * 1024);
			for (int sent = 0; sent < 5; sent++) {
				client.send("4000\r\n" + chunk + "\r\n");
			}
			client.send("0\r\n\r\n");
			assertThat(client.readAll()).startsWith("HTTP/1.1 413").contains("request_too_large");
		}
	}

	@Test
	void refusesADeclaredLengthOverTheLimitBeforeTheBodyIsSent() throws IOException {
		try (RawClient client = new RawClient(this.server.port())) {
			client.head(PATH, "Content-Length: 99999999999", "Expect: 100-continue", "Connection: close");
			assertThat(client.readAll()).startsWith("HTTP/1.1 413").contains("request_too_large");
		}
	}

	@Test
	void readsNoBodyOfAClientWhoseKeyIsNotKnown() throws IOException {
		try (RawClient client = new RawClient(this.server.port())) {
			client.send("POST " + PATH + " HTTP/1.1\r\nHost: x\r\nx-api-key: nobody\r\nContent-Length: 60000\r\n"
					+ "Content-Type: application/json\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
			assertThat(client.readAll()).startsWith("HTTP/1.1 401").contains("invalid_api_key");
		}
	}

	@Test
	void givesUpOnAClientThatStopsInTheMiddleOfItsBody() throws IOException {
		try (RawClient client = new RawClient(this.server.port())) {
			client.head(PATH, "Content-Length: " + CHAT.length()).send(CHAT.substring(0, 10));
			assertThat(client.readAll()).startsWith("HTTP/1.1 408").contains("request_timeout");
		}
		assertThat(this.served).hasValue(0);
	}

	@Test
	void tellsAClientThatItsBodyBrokeOff() throws IOException {
		try (RawClient client = new RawClient(this.server.port())) {
			client.head(PATH, "Content-Length: " + CHAT.length(), "Connection: close").send(CHAT.substring(0, 10));
			assertThat(client.finishSending().readAll()).satisfiesAnyOf((read) -> assertThat(read).isEmpty(),
					(read) -> assertThat(read).startsWith("HTTP/1.1 400").contains("incomplete_body"));
		}
		assertThat(this.served).hasValue(0);
	}

	@Test
	void refusesBrokenChunks() throws IOException {
		try (RawClient client = new RawClient(this.server.port())) {
			client.head(PATH, "Transfer-Encoding: chunked", "Connection: close").send("zz\r\n");
			assertThat(client.readAll()).startsWith("HTTP/1.1 400");
		}
		assertThat(this.served).hasValue(0);
	}

	@Test
	void forgetsAClientThatResetsInTheMiddleOfItsBody() throws Exception {
		RawClient client = new RawClient(this.server.port());
		client.head(PATH, "Content-Length: 60000").send("{");
		client.reset();
		assertThat(this.server.post(PATH, CHAT).statusCode()).isEqualTo(200);
		assertThat(this.served).hasValue(1);
	}

	@Test
	void refusesBodiesThatDoNotFitInTheShareAndRecovers() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		Semaphore running = new Semaphore(0);
		this.server.script = (request, sink) -> {
			running.release();
			await(release);
			return answer(request, sink);
		};
		try (RawClient one = new RawClient(this.server.port()); RawClient two = new RawClient(this.server.port())) {
			for (RawClient client : new RawClient[] { one, two }) {
				String body = padded(64 * 1024);
				client.head(PATH, "Content-Length: " + body.length(), "Connection: close").send(body);
				running.acquire();
			}
			try (RawClient third = new RawClient(this.server.port())) {
				third.head(PATH, "Content-Length: " + 64 * 1024, "Connection: close").send(padded(64 * 1024));
				assertThat(third.readAll()).startsWith("HTTP/1.1 503")
					.contains("Retry-After: 2")
					.contains("\"overloaded\"");
			}
			this.server.script = this::answer;
			assertThat(this.server.post(PATH, CHAT).statusCode()).isEqualTo(200);
			release.countDown();
			assertThat(one.readAll()).startsWith("HTTP/1.1 200");
			assertThat(two.readAll()).startsWith("HTTP/1.1 200");
		}
	}

	@Test
	void takesMemoryForWhatArrivedRatherThanForWhatWasDeclared() throws Exception {
		try (RawClient one = new RawClient(this.server.port());
				RawClient two = new RawClient(this.server.port());
				RawClient three = new RawClient(this.server.port())) {
			for (RawClient client : new RawClient[] { one, two, three }) {
				long before = this.server.memory.used();
				client.head(PATH, "Content-Length: " + 64 * 1024, "Connection: close").send("{");
				while (this.server.memory.used() == before) {
					Thread.onSpinWait();
				}
				assertThat(this.server.memory.used() - before).isLessThanOrEqualTo(16 * 1024);
			}
			assertThat(this.server.post(PATH, padded(40 * 1024)).statusCode()).isEqualTo(200);
		}
	}

	@Test
	void tellsRoutingThatTheClientOfAStreamIsGone() throws Exception {
		SynchronousQueue<Boolean> noticed = new SynchronousQueue<>();
		this.server.script = (request, sink) -> {
			boolean gone = streamUntilGone(sink);
			offer(noticed, gone);
			return new Outcome.ClientGone();
		};
		RawClient client = new RawClient(this.server.port());
		client.head(PATH, "Content-Length: " + CHAT.length()).send(CHAT);
		assertThat(client.readUntil("data: tick")).startsWith("HTTP/1.1 200");
		client.reset();
		assertThat(noticed.poll(20, TimeUnit.SECONDS)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void tellsRoutingThatAClientLeftWhileItsAnswerWasAwaited(boolean reset) throws Exception {
		leave(reset);
		assertThat(this.server.clients.watched()).isZero();
		assertThat(this.server.post(PATH, CHAT).statusCode()).isEqualTo(200);
	}

	@Test
	void doesNotTakeANextRequestForALeavingClientNorLosesIt() throws Exception {
		AtomicBoolean gone = new AtomicBoolean();
		CountDownLatch waiting = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		this.server.script = (request, sink) -> {
			if (waiting.getCount() > 0) {
				try (AnswerSink.Watch _ = sink.whileAwaiting(() -> gone.set(true))) {
					waiting.countDown();
					await(release);
				}
			}
			return answer(request, sink);
		};
		try (RawClient client = new RawClient(this.server.port())) {
			client.head(PATH, "Content-Length: " + CHAT.length()).send(CHAT);
			await(waiting);
			client.head(PATH, "Content-Length: " + CHAT.length(), "Connection: close").send(CHAT.substring(0, 5));
			// Each is noticed later than the watch has looked at the one that waits.
			leave(false);
			leave(false);
			client.send(CHAT.substring(5));
			release.countDown();
			assertThat(client.readAll()).containsPattern("(?s)HTTP/1.1 200.*ok.*HTTP/1.1 200.*ok");
		}
		assertThat(gone).isFalse();
	}

	@Test
	void goesOnWatchingWhenWhatIsToldOfOneClientFails() throws Exception {
		CountDownLatch waiting = new CountDownLatch(1);
		CountDownLatch told = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		this.server.script = (request, sink) -> {
			try (AnswerSink.Watch _ = sink.whileAwaiting(() -> {
				told.countDown();
				throw new IllegalStateException("as a slip of ours would");
			})) {
				waiting.countDown();
				await(release);
			}
			return new Outcome.ClientGone();
		};
		RawClient client = new RawClient(this.server.port());
		client.head(PATH, "Content-Length: " + CHAT.length()).send(CHAT);
		await(waiting);
		client.close();
		await(told);
		leave(false);
		release.countDown();
	}

	/** Has a client ask and leave, and returns when routing was told. */
	private void leave(boolean reset) throws Exception {
		GatewayServer.Script before = this.server.script;
		SynchronousQueue<Boolean> noticed = new SynchronousQueue<>();
		CountDownLatch waiting = new CountDownLatch(1);
		this.server.script = (request, sink) -> {
			CountDownLatch left = new CountDownLatch(1);
			try (AnswerSink.Watch _ = sink.whileAwaiting(left::countDown)) {
				waiting.countDown();
				await(left);
			}
			offer(noticed, true);
			return new Outcome.ClientGone();
		};
		RawClient client = new RawClient(this.server.port());
		client.head(PATH, "Content-Length: " + CHAT.length()).send(CHAT);
		await(waiting);
		this.server.script = before;
		if (reset) {
			client.reset();
		}
		else {
			client.close();
		}
		assertThat(noticed.poll(20, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void holdsAStreamBackForASlowClientAndGivesItUpWhenItStops() throws Exception {
		SynchronousQueue<Boolean> noticed = new SynchronousQueue<>();
		this.server.script = (request, sink) -> {
			offer(noticed, streamUntilGone(sink));
			return new Outcome.ClientGone();
		};
		try (RawClient client = new RawClient(this.server.port())) {
			client.head(PATH, "Content-Length: " + CHAT.length()).send(CHAT);
			client.readUntil("data: tick");
			assertThat(noticed.poll(30, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void letsAStreamEndThatBeganBeforeTheShutdown() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		CountDownLatch ended = new CountDownLatch(1);
		this.server.script = (request, sink) -> {
			try {
				sink.begin(new Head(200, "text/event-stream", -1, "sim", "sim-1", 1, null, null, null));
				write(sink, "data: first\n\n");
				await(release);
				write(sink, "data: [DONE]\n\n");
				return new Outcome.Answered(200, "text/event-stream", null);
			}
			catch (IOException _) {
				return new Outcome.ClientGone();
			}
		};
		try (RawClient client = new RawClient(this.server.port())) {
			client.head(PATH, "Content-Length: " + CHAT.length()).send(CHAT);
			client.readUntil("data: first");
			this.server.shutDownGracefully(ended::countDown);
			release.countDown();
			assertThat(client.readAll()).contains("data: [DONE]").endsWith("0\r\n\r\n");
			await(ended);
		}
	}

	private static void write(AnswerSink sink, String text) throws IOException {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		sink.write(bytes, 0, bytes.length);
		sink.flush();
	}

	private static boolean streamUntilGone(AnswerSink sink) {
		byte[] event = ("data: tick " + "x".repeat(8000) + "\n\n").getBytes(StandardCharsets.UTF_8);
		try {
			sink.begin(new Head(200, "text/event-stream", -1, "sim", "sim-1", 1, null, null, null));
			while (true) {
				sink.write(event, 0, event.length);
				sink.flush();
			}
		}
		catch (IOException _) {
			return true;
		}
	}

	private Outcome answer(AiRequest request, AnswerSink sink) {
		this.served.incrementAndGet();
		byte[] bytes = "{\"ok\":true}".getBytes(StandardCharsets.UTF_8);
		try {
			sink.begin(new Head(200, "application/json", bytes.length, "sim", "sim-1", 1, null, null, null));
			sink.write(bytes, 0, bytes.length);
			sink.flush();
		}
		catch (IOException _) {
			return new Outcome.ClientGone();
		}
		return new Outcome.Answered(200, "application/json", null);
	}

	private static String padded(int length) {
		return CHAT + " ".repeat(length - CHAT.length());
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void offer(SynchronousQueue<Boolean> queue, boolean value) {
		try {
			queue.offer(value, 20, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
