package io.exchequer.registry.json;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.registry.PriceTier;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RegistryJsonTests {

	@Test
	void readsTheSettingsItWrites() {
		DeploymentSettings settings = new DeploymentSettings(Duration.ofMillis(1), Duration.ofSeconds(2),
				Duration.ofMinutes(3), Duration.ofHours(4), 5, 6, OnDisconnect.CANCEL, Map.of("b", "2", "a", "\"1\""));
		assertThat(RegistryJson.readSettings(RegistryJson.write(settings))).isEqualTo(settings);
		assertThat(RegistryJson.write(settings)).contains("\"connectTimeout\":\"PT0.001S\"")
			.contains("\"options\":{\"a\":\"\\\"1\\\"\",\"b\":\"2\"}");
	}

	@Test
	void readsSettingsOfAnOlderReleaseAsDefaults() {
		assertThat(RegistryJson.readSettings("{}")).isEqualTo(DeploymentSettings.DEFAULTS);
		assertThat(RegistryJson.readSettings("{\"retries\": 3, \"later\": true}").retries()).isEqualTo(3);
	}

	@Test
	void writesPricesAsExactText() {
		List<PriceTier> tiers = List.of(new PriceTier("default", 0,
				Map.of(UsageBucket.INPUT, new BigDecimal("0.0750"), UsageBucket.OUTPUT, new BigDecimal("1E+2"))));
		assertThat(RegistryJson.write(tiers)).isEqualTo("[{\"serviceTier\":\"default\",\"inputTokensOver\":0,"
				+ "\"prices\":{\"INPUT\":\"0.0750\",\"OUTPUT\":\"100\"}}]");
		assertThat(RegistryJson.readTiers(RegistryJson.write(tiers)).getFirst().prices())
			.containsEntry(UsageBucket.INPUT, new BigDecimal("0.0750"));
	}

}
