package io.exchequer.registry.json;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.registry.PriceTier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The form of the registry's jsonb columns. Prices are strings, so that no reader takes
 * them for binary floating point; durations are ISO 8601. A member that an older release
 * did not write reads as its default. The same value is always written the same way.
 */
public final class RegistryJson {

	private static final JsonMapper JSON = JsonMapper.shared();

	private RegistryJson() {
	}

	/** Writes a map of settings, sorted by key. */
	public static String write(Map<String, String> settings) {
		return object(settings).toString();
	}

	/** Reads a map of settings. */
	public static Map<String, String> readMap(String json) {
		return map(JSON.readTree(json));
	}

	/** Writes a deployment's settings. */
	public static String write(DeploymentSettings settings) {
		ObjectNode node = JSON.createObjectNode();
		node.put("connectTimeout", settings.connectTimeout().toString());
		node.put("firstByteTimeout", settings.firstByteTimeout().toString());
		node.put("idleTimeout", settings.idleTimeout().toString());
		node.put("totalTimeout", settings.totalTimeout().toString());
		node.put("maxConcurrent", settings.maxConcurrent());
		node.put("retries", settings.retries());
		node.put("onDisconnect", settings.onDisconnect().name());
		node.set("options", object(settings.options()));
		return node.toString();
	}

	/** Reads a deployment's settings. */
	public static DeploymentSettings readSettings(String json) {
		JsonNode node = JSON.readTree(json);
		DeploymentSettings defaults = DeploymentSettings.DEFAULTS;
		return new DeploymentSettings(duration(node, "connectTimeout", defaults.connectTimeout()),
				duration(node, "firstByteTimeout", defaults.firstByteTimeout()),
				duration(node, "idleTimeout", defaults.idleTimeout()),
				duration(node, "totalTimeout", defaults.totalTimeout()),
				node.path("maxConcurrent").asInt(defaults.maxConcurrent()),
				node.path("retries").asInt(defaults.retries()),
				OnDisconnect.valueOf(node.path("onDisconnect").asString(defaults.onDisconnect().name())),
				map(node.path("options")));
	}

	/** Writes the tiers of a price card, in their order. */
	public static String write(List<PriceTier> tiers) {
		ArrayNode array = JSON.createArrayNode();
		for (PriceTier tier : tiers) {
			ObjectNode node = array.addObject();
			node.put("serviceTier", tier.serviceTier());
			node.put("inputTokensOver", tier.inputTokensOver());
			ObjectNode prices = node.putObject("prices");
			tier.prices().forEach((bucket, price) -> prices.put(bucket.name(), price.toPlainString()));
		}
		return array.toString();
	}

	/** Reads the tiers of a price card. */
	public static List<PriceTier> readTiers(String json) {
		List<PriceTier> tiers = new ArrayList<>();
		for (JsonNode node : JSON.readTree(json)) {
			Map<UsageBucket, BigDecimal> prices = new EnumMap<>(UsageBucket.class);
			for (Map.Entry<String, JsonNode> price : node.get("prices").properties()) {
				prices.put(UsageBucket.valueOf(price.getKey()), new BigDecimal(price.getValue().asString()));
			}
			tiers.add(new PriceTier(node.get("serviceTier").asString(), node.get("inputTokensOver").asLong(), prices));
		}
		return List.copyOf(tiers);
	}

	private static Duration duration(JsonNode node, String member, Duration defaultValue) {
		JsonNode value = node.get(member);
		return (value != null) ? Duration.parse(value.asString()) : defaultValue;
	}

	private static ObjectNode object(Map<String, String> map) {
		ObjectNode node = JSON.createObjectNode();
		new TreeMap<>(map).forEach(node::put);
		return node;
	}

	private static Map<String, String> map(JsonNode node) {
		Map<String, String> map = new TreeMap<>();
		node.properties().forEach((entry) -> map.put(entry.getKey(), entry.getValue().asString()));
		return Map.copyOf(map);
	}

}
