package io.exchequer.discovery;

import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import io.exchequer.discovery.FoundServer.FoundModel;
import io.exchequer.discovery.LoopbackClient.Reply;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Modality;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Finds out what a server is and serves, by its answers alone: a port proves nothing.
 * What it does not say of a model, the model is not said to do.
 */
final class ServerProbe {

	private static final Logger logger = LoggerFactory.getLogger(ServerProbe.class);

	/** What a model is taken to read and write where its server does not say. */
	private static final int CONTEXT_WINDOW = 4096;

	private final DiscoverySettings settings;

	private final HttpClient client;

	ServerProbe(DiscoverySettings settings, HttpClient client) {
		this.settings = settings;
		this.client = client;
	}

	/** Returns the server at an address, or empty where none that is known answers. */
	Optional<FoundServer> probe(URI address) throws InterruptedException {
		LoopbackClient server = new LoopbackClient(this.client, address, this.settings.timeout(),
				this.settings.serverTimeout());
		Reply models = server.get("/v1/models");
		if (models == null) {
			logger.debug("Nothing answers at {}", address);
			return Optional.empty();
		}
		if (models.isAPlatforms()) {
			logger.info("A platform like this one answers at {}: it is no model server", address);
			return Optional.empty();
		}
		String owner = models.body().at("/data/0/owned_by").asString("");
		if (models.isOk() && owner.equals("vllm")) {
			return Optional.of(vllm(address, server, models.body()));
		}
		if (models.isOk() && owner.equals("llamacpp")) {
			return Optional.of(llamaCpp(address, server, models.body()));
		}
		Optional<FoundServer> found = ollama(address, server);
		if (found.isEmpty()) {
			found = lmStudio(address, server);
		}
		if (found.isEmpty()) {
			logger.info(models.asksForAKey() ? "What answers at {} asks for a key: register it as a provider"
					: "What answers at {} is no model server that is known", address);
		}
		return found;
	}

	private FoundServer vllm(URI address, LoopbackClient server, JsonNode models) throws InterruptedException {
		List<FoundModel> found = new ArrayList<>();
		for (JsonNode model : taken(models.path("data"))) {
			int window = positive(model.path("max_model_len"), CONTEXT_WINDOW);
			found.add(new FoundModel(model.path("id").asString(""), text(window, false, false)));
		}
		Reply version = server.get("/version");
		return new FoundServer(ServerKind.VLLM, address,
				(version != null && version.isOk()) ? version(version.body().path("version")) : "", found);
	}

	private FoundServer llamaCpp(URI address, LoopbackClient server, JsonNode models) throws InterruptedException {
		Reply reply = server.get("/props");
		JsonNode props = (reply != null && reply.isOk()) ? reply.body() : JsonMapper.shared().missingNode();
		JsonNode caps = props.path("chat_template_caps");
		boolean tools = isTrue(caps.path("supports_tools")) && isTrue(caps.path("supports_tool_calls"));
		List<FoundModel> found = new ArrayList<>();
		for (JsonNode model : taken(models.path("data"))) {
			int trained = positive(model.at("/meta/n_ctx_train"), CONTEXT_WINDOW);
			int window = positive(props.at("/default_generation_settings/n_ctx"),
					positive(model.at("/meta/n_ctx"), trained));
			boolean images = isTrue(props.at("/modalities/vision"))
					|| has(model.at("/architecture/input_modalities"), "image");
			found.add(new FoundModel(model.path("id").asString(""), text(window, tools, images)));
		}
		return new FoundServer(ServerKind.LLAMA_CPP, address, version(props.path("build_info")), found);
	}

	private Optional<FoundServer> ollama(URI address, LoopbackClient server) throws InterruptedException {
		Reply version = server.get("/api/version");
		if (version == null || !version.isOk() || !version.body().path("version").isString()) {
			return Optional.empty();
		}
		Reply tags = server.get("/api/tags");
		if (tags == null || !tags.isOk() || !tags.body().path("models").isArray()) {
			return Optional.empty();
		}
		List<FoundModel> found = new ArrayList<>();
		for (JsonNode model : taken(tags.body().path("models"))) {
			String id = model.path("name").asString("");
			if (isElsewhere(model, id)) {
				logger.info("The model {} of the Ollama server at {} runs elsewhere: it is not registered",
						Names.shown(id), address);
				continue;
			}
			Reply shown = server.post("/api/show", JsonMapper.shared().createObjectNode().put("model", id));
			if (shown == null || !shown.isOk()) {
				logger.info("The Ollama server at {} does not say what its model {} can do: it is not registered",
						address, Names.shown(id));
				continue;
			}
			found.add(new FoundModel(id, ollama(shown.body(), model)));
		}
		return Optional.of(new FoundServer(ServerKind.OLLAMA, address, version(version.body().path("version")), found));
	}

	/** What Ollama passes on to its own cloud is neither free nor on this machine. */
	private static boolean isElsewhere(JsonNode model, String id) {
		String lower = id.toLowerCase(Locale.ROOT);
		return model.path("remote_host").isString() || model.path("remote_model").isString() || lower.endsWith("-cloud")
				|| lower.endsWith(":cloud");
	}

	private static Capabilities ollama(JsonNode shown, JsonNode listed) {
		JsonNode info = shown.path("model_info");
		int window = positive(info.path(info.path("general.architecture").asString("") + ".context_length"),
				CONTEXT_WINDOW);
		JsonNode can = shown.path("capabilities");
		// Servers before 0.6.4 do not say.
		boolean embeds = can.isArray() ? has(can, "embedding") && !has(can, "completion")
				: listed.at("/details/family").asString("").endsWith("bert");
		return embeds ? embeddings(window) : text(window, has(can, "tools"), has(can, "vision"));
	}

	private Optional<FoundServer> lmStudio(URI address, LoopbackClient server) throws InterruptedException {
		Reply models = server.get("/api/v0/models");
		if (models == null || !models.isOk() || !models.body().at("/data/0/compatibility_type").isString()) {
			return Optional.empty();
		}
		List<FoundModel> found = new ArrayList<>();
		for (JsonNode model : taken(models.body().path("data"))) {
			int window = positive(model.path("loaded_context_length"),
					positive(model.path("max_context_length"), CONTEXT_WINDOW));
			String type = model.path("type").asString("");
			Capabilities can = switch (type) {
				case "embeddings" -> embeddings(window);
				case "llm", "vlm" -> text(window, has(model.path("capabilities"), "tool_use"), type.equals("vlm"));
				default -> null;
			};
			if (can != null) {
				found.add(new FoundModel(model.path("id").asString(""), can));
			}
		}
		return Optional.of(new FoundServer(ServerKind.LM_STUDIO, address, "", found));
	}

	private List<JsonNode> taken(JsonNode models) {
		return models.valueStream().limit(this.settings.modelsMax()).toList();
	}

	/** All of these hold their answers to a JSON schema. */
	private static Capabilities text(int window, boolean tools, boolean images) {
		Set<Modality> input = images ? EnumSet.of(Modality.TEXT, Modality.IMAGE) : EnumSet.of(Modality.TEXT);
		return new Capabilities(input, Set.of(Modality.TEXT), tools, true, false, window, window, null);
	}

	private static Capabilities embeddings(int window) {
		return new Capabilities(Set.of(Modality.TEXT), Set.of(Modality.EMBEDDING), false, false, false, window, 1,
				null);
	}

	private static int positive(JsonNode number, int otherwise) {
		return (number.canConvertToInt() && number.isIntegralNumber() && number.asInt() > 0) ? number.asInt()
				: otherwise;
	}

	private static boolean isTrue(JsonNode value) {
		return value.isBoolean() && value.asBoolean();
	}

	private static boolean has(@Nullable JsonNode list, String text) {
		return list != null && list.valueStream().anyMatch((each) -> each.isString() && each.asString().equals(text));
	}

	private static String version(JsonNode version) {
		return version.isString() ? Names.shown(version.asString()) : "";
	}

}
