package io.exchequer.registry.administration;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.registry.Modality;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import io.exchequer.registry.RegistryCommand.PutAlias;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryCommand.PutModel;
import io.exchequer.registry.RegistryCommand.PutProvider;

/** Commands that are right as they stand, for tests to send or to spoil. */
final class Samples {

	static final Capabilities CAPABILITIES = new Capabilities(Set.of(Modality.TEXT, Modality.IMAGE),
			Set.of(Modality.TEXT), true, true, false, 128_000, 16_384, 1_105);

	static final DeploymentSettings SETTINGS = new DeploymentSettings(Duration.ofMillis(1500), Duration.ofSeconds(30),
			Duration.ofSeconds(20), Duration.ofMinutes(5), 64, 2, OnDisconnect.CANCEL, Map.of("pace", "20ms"));

	private Samples() {
	}

	static PutProvider provider() {
		return new PutProvider("openai", "openai", "https://api.openai.com/v1", Map.of("organisation", "acme"));
	}

	static PutModel model(String name) {
		return new PutModel(name, "The Model", CAPABILITIES, null);
	}

	static PutDeployment deployment(String name, String model) {
		return new PutDeployment(name, model, "openai", "gpt-5-mini-2026", DataClass.INTERNAL, SETTINGS, true);
	}

	static AddPriceCard card(String deployment, String input) {
		return new AddPriceCard(deployment, null, "USD", List.of(tier("default", 0, input, "0.60")), "a price list",
				"");
	}

	static PriceTier tier(String serviceTier, long over, String input, String output) {
		Map<UsageBucket, BigDecimal> prices = new EnumMap<>(UsageBucket.class);
		prices.put(UsageBucket.INPUT, new BigDecimal(input));
		prices.put(UsageBucket.OUTPUT, new BigDecimal(output));
		return new PriceTier(serviceTier, over, prices);
	}

	/** A provider, two models, an alias and a deployment of the first model. */
	static void fill(RegistryAdministration administration) {
		administration.put(provider(), Put.CREATE);
		administration.put(model("mini"), Put.CREATE);
		administration.put(model("maxi"), Put.CREATE);
		administration.put(new PutAlias("small", "mini"), Put.CREATE);
		administration.put(deployment("openai/mini", "mini"), Put.CREATE);
	}

}
