package io.exchequer.routing.provider.openai;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;

import io.exchequer.registry.Deployment;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
import io.exchequer.routing.provider.ProviderCalls;
import io.exchequer.routing.provider.ProviderContractTests;
import io.exchequer.routing.provider.WireServer;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.Endpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The contract against what each kind of server sends: captured from llama.cpp's, for the
 * others written after their documentation. The README beside the recordings tells which
 * is which.
 */
@ParameterizedClass
@CsvSource(delimiter = '|',
		value = { "openai|{INPUT=10, CACHE_READ=1024, OUTPUT=8, REASONING=64, REQUEST=1}",
				"azure|{INPUT=9, OUTPUT=8, REQUEST=1}", "vllm|{INPUT=14, OUTPUT=23, REQUEST=1}",
				"llamacpp|{INPUT=23, OUTPUT=5, REQUEST=1}", "ollama|{INPUT=26, OUTPUT=9, REQUEST=1}",
				"mistral|{INPUT=10, OUTPUT=8, REQUEST=1}",
				"deepseek|{INPUT=6, CACHE_READ=64, OUTPUT=9, REASONING=12, REQUEST=1}" })
class RecordedWireTests extends ProviderContractTests {

	@Parameter(0)
	String server = "";

	@Parameter(1)
	String usage = "";

	private final WireServer upstream = new WireServer();

	private final OpenAiProvider provider = new OpenAiProvider(Clock.systemUTC());

	@AfterEach
	void close() {
		this.provider.close();
		this.upstream.close();
	}

	@Override
	protected UpstreamProvider provider() {
		return this.provider;
	}

	@Override
	protected UpstreamCall arrange(Situation situation, boolean stream) {
		switch (situation) {
			case ANSWER -> {
				if (stream) {
					this.upstream.thenStream(recorded("sse").split("(?<=\n\n)"));
				}
				else {
					this.upstream.thenAnswer(200, "application/json", recorded("json"), "x-request-id: req_1\u00e9");
				}
			}
			case RATE_LIMITED -> this.upstream.thenAnswer(429, "application/json",
					"{\"error\":{\"message\":\"sk-test is slow\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}",
					"Retry-After: 1");
			case SERVER_ERROR -> this.upstream.thenAnswer(500, "text/plain", "sk-test");
			case SILENCE -> this.upstream.then((out, connection) -> connection.getInputStream().read());
			case RESET -> this.upstream.then((out, connection) -> {
				connection.setSoLinger(true, 0);
				connection.close();
			});
			case HTML -> this.upstream.thenAnswer(200, "text/html", "<html><body>sk-test</body></html>");
			case HALF_JSON -> this.upstream.thenAnswer(200, "application/json",
					recorded("json").substring(0, recorded("json").length() / 2));
			case BROKEN_STREAM -> this.upstream.then((out, connection) -> {
				out.write(WireServer.head(200, "text/event-stream", "Transfer-Encoding: chunked"));
				String whole = recorded("sse");
				WireServer.chunk(out, whole.substring(0, whole.indexOf("stop")));
				connection.close();
			});
		}
		Deployment deployment = ProviderCalls.deployment(
				ProviderCalls.provider("openai", this.upstream.url() + "/v1", Map.of()),
				(situation == Situation.SILENCE) ? ProviderCalls.patience(java.time.Duration.ofMillis(100))
						: ProviderCalls.SETTINGS);
		return ProviderCalls.call(deployment, Endpoint.CHAT_COMPLETIONS,
				ProviderCalls.chat("Hi", "\"stream\":" + stream));
	}

	@Test
	void countsTheUsageTokenForToken() throws Exception {
		try (UpstreamAnswer answer = this.provider.call(arrange(Situation.ANSWER, false))) {
			CompleteAnswer whole = CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, answer, CompleteAnswer.BYTES_MAX);
			assertThat(whole.usage()).hasToString(this.usage);
			assertThat(whole.bytes()).startsWith(recorded("json").getBytes(StandardCharsets.UTF_8));
		}
		try (UpstreamAnswer answer = this.provider.call(arrange(Situation.ANSWER, true))) {
			assertThat(read(answer).usage()).hasToString(this.usage);
		}
	}

	@Test
	void passesTheStreamByteForByte() throws Exception {
		try (UpstreamAnswer answer = this.provider.call(arrange(Situation.ANSWER, true))) {
			assertThat(read(answer).bytes()).isEqualTo(recorded("sse"));
		}
	}

	private String recorded(String kind) {
		String name = "/wire/" + this.server + "-chat." + kind;
		try (InputStream in = Objects.requireNonNull(RecordedWireTests.class.getResourceAsStream(name), name)) {
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
