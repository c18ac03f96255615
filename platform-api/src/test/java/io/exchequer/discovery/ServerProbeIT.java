package io.exchequer.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.exchequer.discovery.FoundServer.FoundModel;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Modality;
import io.exchequer.replay.ReplayServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What a server is, by what real ones answer. */
class ServerProbeIT {

	private static final Set<Modality> TEXT = Set.of(Modality.TEXT);

	private final HttpClient client = LoopbackClient.shared(Duration.ofSeconds(2));

	@AfterEach
	void stop() {
		this.client.shutdownNow();
	}

	private Optional<FoundServer> probe(String address, Duration timeout, int modelsMax) throws InterruptedException {
		DiscoverySettings settings = new DiscoverySettings(true, List.of(), timeout, timeout.multipliedBy(4),
				modelsMax);
		return new ServerProbe(settings, this.client).probe(URI.create(address));
	}

	private Optional<FoundServer> probe(ReplayServer server) throws InterruptedException {
		try (server) {
			return probe(server.origin(), Duration.ofSeconds(10), 100);
		}
	}

	private static Capabilities text(int window, boolean tools, Set<Modality> input) {
		return new Capabilities(input, TEXT, tools, true, false, window, window, null);
	}

	private static Capabilities embeddings(int window) {
		return new Capabilities(TEXT, Set.of(Modality.EMBEDDING), false, false, false, window, 1, null);
	}

	@Test
	void knowsLlamaCppByItsModelsAndItsProperties() throws InterruptedException {
		FoundServer found = probe(RecordedServers.llamaCpp()).orElseThrow();
		assertThat(found.kind()).isEqualTo(ServerKind.LLAMA_CPP);
		assertThat(found.version()).isEqualTo("b11669-Debian");
		assertThat(found.models()).containsExactly(new FoundModel("tiny.gguf", text(2048, true, TEXT)));
	}

	@Test
	void takesAnEmbedderOfLlamaCppForWhatItSaysItIs() throws InterruptedException {
		assertThat(probe(RecordedServers.llamaCpp("embedder-")).orElseThrow().models()).extracting(FoundModel::id)
			.containsExactly("tiny-embedder");
	}

	@Test
	void knowsVllmByTheOwnerOfItsModels() throws InterruptedException {
		FoundServer found = probe(RecordedServers.vllm()).orElseThrow();
		assertThat(found.kind()).isEqualTo(ServerKind.VLLM);
		assertThat(found.version()).isEqualTo("0.11.0");
		assertThat(found.models()).containsExactly(new FoundModel("Qwen/Qwen2.5-7B-Instruct", text(32768, false, TEXT)),
				new FoundModel("support-lora", text(4096, false, TEXT)));
	}

	@Test
	void knowsOllamaByItsOwnApiAndLeavesOutWhatRunsElsewhere() throws InterruptedException {
		FoundServer found = probe(RecordedServers.ollama()).orElseThrow();
		assertThat(found.kind()).isEqualTo(ServerKind.OLLAMA);
		assertThat(found.version()).isEqualTo("0.12.6");
		assertThat(found.models()).containsExactly(new FoundModel("llama3.2:3b", text(131072, true, TEXT)),
				new FoundModel("nomic-embed-text:latest", embeddings(2048)));
	}

	@Test
	void knowsLmStudioByItsOwnApi() throws InterruptedException {
		FoundServer found = probe(RecordedServers.lmStudio()).orElseThrow();
		assertThat(found.kind()).isEqualTo(ServerKind.LM_STUDIO);
		assertThat(found.models()).containsExactly(
				new FoundModel("qwen2-vl-7b-instruct", text(32768, false, Set.of(Modality.TEXT, Modality.IMAGE))),
				new FoundModel("meta-llama-3.1-8b-instruct", text(4096, true, TEXT)),
				new FoundModel("text-embedding-nomic-embed-text-v1.5", embeddings(2048)));
	}

	@Test
	void takesNoMoreModelsThanItIsTo() throws InterruptedException {
		String many = IntStream.range(0, 500)
			.mapToObj((i) -> "{\"id\":\"m" + i + "\",\"owned_by\":\"vllm\"}")
			.collect(Collectors.joining(",", "{\"data\":[", "]}"));
		try (ReplayServer server = ReplayServer.of(Map.of("/v1/models", ReplayServer.json(many)))) {
			assertThat(probe(server.origin(), Duration.ofSeconds(10), 7).orElseThrow().models()).hasSize(7);
		}
	}

	@Test
	void findsNothingWhereNobodyListens() throws IOException, InterruptedException {
		int port;
		try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = free.getLocalPort();
		}
		assertThat(probe("http://127.0.0.1:" + port, Duration.ofSeconds(10), 100)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "<html><body>It works!</body></html>", "{\"data\":[]}", "{\"data\":\"vllm\"}", "[]", "1",
			"{\"data\":[{\"owned_by\":\"somebody\"}]}", "{\"version\":1}" })
	void takesNothingForAModelServerThatDoesNotAnswerAsOne(String body) throws InterruptedException {
		assertThat(probe(ReplayServer.answering((request) -> ReplayServer.json(body)))).isEmpty();
	}

	@Test
	void findsNothingWhereAKeyIsAskedFor() throws InterruptedException {
		assertThat(probe(RecordedServers.llamaCpp("guarded-"))).isEmpty();
	}

	@Test
	void takesAPlatformForNoModelServerWhateverItAnswers() throws InterruptedException {
		String models = "{\"data\":[{\"id\":\"a\",\"owned_by\":\"vllm\"}]}";
		assertThat(probe(ReplayServer.answering((request) -> ReplayServer.status(200, "application/json", models))))
			.isPresent();
		assertThat(probe(ReplayServer.answering(
				(request) -> ReplayServer.status(200, "application/json", models, "X-Exchequer-Request-Id: 0199"))))
			.isEmpty();
	}

	@Test
	void followsNoRedirect() throws InterruptedException {
		try (ReplayServer other = RecordedServers.vllm()) {
			assertThat(probe(ReplayServer.answering((request) -> ReplayServer.status(302, "text/plain", "",
					"Location: " + other.origin() + request.path()))))
				.isEmpty();
			assertThat(other.received()).isEmpty();
		}
	}

	@Test
	void endsWhereAServerNeverDoes() throws InterruptedException {
		String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
		try (ReplayServer server = ReplayServer
			.answering((request) -> ReplayServer.endless(head, " ".repeat(65_536)))) {
			assertThat(probe(server.origin(), Duration.ofSeconds(10), 100)).isEmpty();
		}
	}

	@Test
	void endsWhereAServerSaysNothing() throws InterruptedException {
		try (ReplayServer server = ReplayServer.answering((request) -> (out) -> {
		})) {
			assertThat(probe(server.origin(), Duration.ofMillis(50), 100)).isEmpty();
			assertThat(server.received()).hasSizeLessThanOrEqualTo(4);
		}
	}

}
