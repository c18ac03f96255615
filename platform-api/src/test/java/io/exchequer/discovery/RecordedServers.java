package io.exchequer.discovery;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import io.exchequer.replay.ReplayServer;
import io.exchequer.replay.ReplayServer.Answer;

/** Servers that answer as each kind does. */
final class RecordedServers {

	private static final Path RECORDED = Path.of("src", "test", "resources", "discovery");

	private RecordedServers() {
	}

	static ReplayServer llamaCpp() {
		return llamaCpp("");
	}

	/** Starts the server that was captured with other options. */
	static ReplayServer llamaCpp(String prefix) {
		Answer unknown = captured("no-such-path");
		Map<String, Answer> known = Map.of("/v1/models", captured(prefix + "models"), "/props",
				captured(prefix + "props"));
		return ReplayServer.answering((request) -> known.getOrDefault(request.path(), unknown));
	}

	static ReplayServer vllm() {
		return ReplayServer.of(Map.of("/v1/models", json("vllm-models"), "/version", json("vllm-version")));
	}

	static ReplayServer ollama() {
		return ReplayServer.answering((request) -> switch (request.path()) {
			case "/v1/models" -> json("ollama-openai-models");
			case "/api/version" -> json("ollama-version");
			case "/api/tags" -> json("ollama-tags");
			case "/api/show" -> json(request.body().contains("nomic") ? "ollama-show-embed" : "ollama-show-llama");
			default -> ReplayServer.status(404, "text/plain", "404 page not found");
		});
	}

	static ReplayServer lmStudio() {
		return ReplayServer.of(Map.of("/v1/models",
				ReplayServer
					.json("{\"object\":\"list\",\"data\":[{\"id\":\"qwen2-vl-7b-instruct\",\"object\":\"model\","
							+ "\"owned_by\":\"organization_owner\"}]}"),
				"/api/v0/models", json("lmstudio-models")));
	}

	private static Answer captured(String name) {
		return ReplayServer.recorded(RECORDED.resolve("llamacpp-b11669").resolve(name + ".http"));
	}

	static Answer json(String name) {
		try {
			return ReplayServer.json(Files.readString(RECORDED.resolve(name + ".json")));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
