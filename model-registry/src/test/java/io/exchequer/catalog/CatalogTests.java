package io.exchequer.catalog;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.exchequer.catalog.CatalogFact.ListPriceFact;
import io.exchequer.catalog.CatalogSource.Basis;
import io.exchequer.catalog.Quantisations.WeightSize;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Lifecycle.Stage;
import io.exchequer.registry.Modality;
import io.exchequer.registry.PriceTier;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The catalogue that comes with the release, every entry of it. */
class CatalogTests {

	private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

	private static final Catalog CATALOG = Catalog.builtIn();

	@Test
	void datesAndSourcesEveryFigure() {
		for (CatalogModel model : CATALOG.models()) {
			assertThat(model.facts()).as(model.id()).isNotEmpty().allSatisfy((fact) -> {
				assertThat(fact.sources()).isNotEmpty();
				assertThat(fact.sources()).allSatisfy((source) -> {
					assertThat(source.url()).startsWith("http");
					assertThat(source.asOf()).isBetween(LocalDate.of(2022, 1, 1), LocalDate.of(2026, 11, 24));
				});
			});
		}
	}

	@Test
	void datesWhatBearsNoDateByTheDayItWasRead() {
		assertThat(CATALOG.models()
			.stream()
			.flatMap((model) -> model.facts().stream())
			.flatMap((fact) -> fact.sources().stream())
			.filter((source) -> source.basis() == Basis.READ)).isNotEmpty()
			.allSatisfy((source) -> assertThat(source.asOf()).isEqualTo(LocalDate.of(2026, 11, 24)));
	}

	@Test
	void listsGpt4oMiniAtItsPrice() {
		assertThat(price("gpt-4o-mini", UsageBucket.INPUT)).isEqualTo("0.15");
		assertThat(price("gpt-4o-mini", UsageBucket.OUTPUT)).isEqualTo("0.60");
	}

	@Test
	void knowsTheModelsThatWereAskedFor() {
		for (String id : List.of("davinci-002", "gpt-3.5-turbo", "gpt-4", "gpt-4-turbo", "gpt-4o", "gpt-4o-mini", "o1",
				"o3", "o3-mini", "o4-mini", "text-bison", "chat-bison", "lamda", "llama-2-7b", "llama-2-13b",
				"llama-2-70b", "llama-3-8b", "llama-3-70b", "llama-3.1-8b", "llama-3.1-70b", "llama-3.1-405b",
				"llama-3.2-1b", "llama-3.2-3b", "llama-3.2-11b-vision", "llama-3.2-90b-vision", "llama-3.3-70b",
				"mistral-nemo-12b", "smollm-135m", "smollm-360m", "smollm-1.7b", "phi-2", "phi-3-mini-4k",
				"phi-3-medium-128k", "phi-4", "tinyllama-1.1b", "deepseek-coder-1.3b", "deepseek-r1", "deepseek-v3",
				"trelis-tiny", "openflamingo-9b", "blip-2-opt-2.7b")) {
			assertThat(CATALOG.find(id)).as(id).isPresent();
		}
		assertThat(CATALOG.models()).extracting(CatalogModel::vendor)
			.contains("openai", "anthropic", "google", "mistral", "cohere", "amazon", "deepseek", "meta", "microsoft");
	}

	@Test
	void retiresPalmAndLamdaWithSuccessors() {
		assertThat(model("text-bison").lifecycle().stage()).isEqualTo(Stage.RETIRED);
		assertThat(model("text-bison").lifecycle().retiresOn()).isEqualTo(LocalDate.of(2025, 4, 9));
		assertThat(model("text-bison").lifecycle().successor()).isEqualTo("gemini-3.8-flash");
		assertThat(model("lamda").lifecycle().stage()).isEqualTo(Stage.RETIRED);
		assertThat(model("lamda").lifecycle().successor()).isEqualTo("text-bison");
	}

	@Test
	void leadsEveryRetiredModelToOneThatIsNot() {
		for (CatalogModel model : CATALOG.models()) {
			CatalogModel at = model;
			while (at.lifecycle().stage() == Stage.RETIRED) {
				at = model(String.valueOf(at.lifecycle().successor()));
			}
			assertThat(at.lifecycle().stageAt(NOW)).as(model.id()).isNotEqualTo(Stage.RETIRED);
		}
	}

	@Test
	void knowsWhatTheOpenModelsAre() {
		assertThat(model("deepseek-coder-1.3b").can(Ability.FILL_IN_THE_MIDDLE)).isTrue();
		assertThat(model("deepseek-coder-1.3b").capabilities(null, null).orElseThrow().contextWindow())
			.isEqualTo(16_384);
		assertThat(model("mistral-nemo-12b").capabilities(null, null).orElseThrow().contextWindow()).isEqualTo(128_000);
		assertThat(model("trelis-tiny").can(Ability.TOOLS)).isTrue();
		assertThat(model("blip-2-opt-2.7b").handles(Modality.IMAGE)).isTrue();
		assertThat(model("openflamingo-3b").handles(Modality.IMAGE)).isTrue();
		assertThat(spdx("tinyllama-1.1b")).isEqualTo("Apache-2.0");
		assertThat(spdx("phi-4")).isEqualTo("MIT");
		assertThat(spdx("llama-3.1-8b")).isEqualTo("null");
	}

	@Test
	void namesALicenceBySpdxWhereThereIsOne() {
		Map<String, String> known = Map.of("MIT License", "MIT", "Apache License 2.0", "Apache-2.0");
		for (CatalogModel model : CATALOG.models()) {
			if (model.licence() != null) {
				assertThat(model.licence().spdx()).as(model.id()).isEqualTo(known.get(model.licence().name()));
			}
		}
	}

	@Test
	void computesMemoryFromParametersAndBits() {
		WeightSize size = CATALOG.weightSizes(model("tinyllama-1.1b"))
			.stream()
			.filter((weights) -> weights.quantisation().equals("q4_k_m") && weights.computed())
			.findFirst()
			.orElseThrow();
		// 1,100,000,000 × 4.8944 ÷ 8
		assertThat(size.bytes()).isEqualTo(672_980_000L);
		assertThat(size.sources()).isNotEmpty();
	}

	@Test
	void computesMemoryForEveryModelWhoseWeightsCanBeHad() {
		for (CatalogModel model : CATALOG.models()) {
			assertThat(CATALOG.weightSizes(model).isEmpty()).as(model.id())
				.isNotEqualTo(model.hosting().contains(Hosting.LOCAL));
		}
	}

	@Test
	void publishesSizesNearTheComputedOnes() {
		assertThat(CATALOG.models()).flatExtracting(CatalogModel::publishedWeights).hasSizeGreaterThan(10);
		for (CatalogModel model : CATALOG.models()) {
			Map<String, Long> computed = new HashMap<>();
			CATALOG.weightSizes(model)
				.stream()
				.filter(WeightSize::computed)
				.forEach((size) -> computed.put(size.quantisation(), size.bytes()));
			model.publishedWeights().forEach((weights) -> {
				Long near = computed.get(weights.quantisation());
				assertThat(near).as(model.id()).isNotNull();
				assertThat(weights.bytes()).as(model.id()).isBetween(near * 10 / 11, near * 11 / 10);
			});
		}
	}

	@Test
	void pricesInExactDecimals() {
		for (CatalogModel model : CATALOG.models()) {
			ListPriceFact price = model.listPrice();
			if (price != null) {
				assertThat(price.tiers()).as(model.id())
					.flatExtracting((tier) -> tier.prices().values())
					.allSatisfy((amount) -> {
						assertThat(amount.signum()).isNotNegative();
						assertThat(amount.scale()).isLessThanOrEqualTo(12);
					});
				assertThat(tier(price).prices()).as(model.id()).containsKey(UsageBucket.INPUT);
			}
		}
	}

	@Test
	void findsAnEntryByItsAliases() {
		assertThat(CATALOG.find("gpt-4o-mini-2024-07-18")).contains(model("gpt-4o-mini"));
		assertThat(CATALOG.find("GPT-4o-mini")).isEmpty();
	}

	@Test
	void filtersByEveryPropertyAtOnce() {
		CatalogFilter filter = new CatalogFilter("OpenAI", Modality.IMAGE, Ability.TOOLS, Hosting.HOSTED,
				Stage.RETIRED);
		assertThat(CATALOG.models(filter, NOW)).isNotEmpty().allSatisfy((model) -> {
			assertThat(model.vendor()).isEqualTo("openai");
			assertThat(model.handles(Modality.IMAGE)).isTrue();
			assertThat(model.can(Ability.TOOLS)).isTrue();
			assertThat(model.hosting()).contains(Hosting.HOSTED);
		}).extracting(CatalogModel::id).contains("gpt-4-turbo").doesNotContain("gpt-4", "gpt-4o");
		assertThat(CATALOG.models(CatalogFilter.ALL, NOW)).isEqualTo(CATALOG.models());
	}

	@Test
	void countsAModelAsRetiredFromItsDayOn() {
		CatalogFilter retired = new CatalogFilter("openai", null, null, null, Stage.RETIRED);
		CatalogFilter deprecated = new CatalogFilter("openai", null, null, null, Stage.DEPRECATED);
		CatalogModel mini = model("gpt-4o-mini");
		assertThat(CATALOG.models(retired, NOW)).doesNotContain(mini);
		assertThat(CATALOG.models(deprecated, NOW)).contains(mini);
		Instant day = Instant.parse("2027-01-14T00:00:00Z");
		assertThat(CATALOG.models(retired, day)).contains(mini);
		assertThat(CATALOG.models(deprecated, day)).doesNotContain(mini);
	}

	@Test
	void endsAListPriceAfterItsLastDay() {
		ListPriceFact price = model("gemini-3.8-flash").listPrice();
		assertThat(price).isNotNull();
		assertThat(price.over(Instant.parse("2026-12-31T23:59:59Z"))).isFalse();
		assertThat(price.over(Instant.parse("2027-01-01T00:00:00Z"))).isTrue();
	}

	@Test
	void makesCapabilitiesThatBoundWhatIsNotKnown() {
		Capabilities mini = model("gpt-4o-mini").capabilities(null, null).orElseThrow();
		assertThat(mini).isEqualTo(new Capabilities(Set.of(Modality.TEXT, Modality.IMAGE, Modality.FILE),
				Set.of(Modality.TEXT), true, true, false, 128_000, 16_384, null));
		Capabilities nemo = model("mistral-nemo-12b").capabilities(null, null).orElseThrow();
		assertThat(nemo.maxOutput()).isEqualTo(nemo.contextWindow());
		Capabilities gemini = model("gemini-3.6-flash").capabilities(null, null).orElseThrow();
		assertThat(gemini.contextWindow()).isEqualTo(1_048_576 + 65_536);
		Capabilities embeddings = model("gemini-embedding-001").capabilities(null, null).orElseThrow();
		assertThat(embeddings.maxOutput()).isOne();
		assertThat(embeddings.contextWindow()).isEqualTo(2_048);
	}

	@Test
	void asksForAWindowThatNobodyTells() {
		assertThat(model("trelis-tiny").capabilities(null, null)).isEmpty();
		assertThat(model("trelis-tiny").capabilities(16_384, 4_096).orElseThrow().maxOutput()).isEqualTo(4_096);
	}

	@Test
	void makesCapabilitiesOfEveryOtherModel() {
		Set<String> unknown = Set.of("lamda", "trelis-tiny", "openflamingo-3b", "openflamingo-4b", "openflamingo-9b",
				"blip-2-opt-2.7b");
		for (CatalogModel model : CATALOG.models()) {
			if (!unknown.contains(model.id())) {
				Capabilities capabilities = model.capabilities(null, null).orElseThrow();
				assertThat(capabilities.maxOutput()).as(model.id()).isBetween(1, capabilities.contextWindow());
			}
		}
	}

	private static CatalogModel model(String id) {
		return CATALOG.find(id).orElseThrow(() -> new AssertionError(id));
	}

	private static String spdx(String id) {
		CatalogFact.LicenceFact licence = model(id).licence();
		return (licence != null) ? String.valueOf(licence.spdx()) : "no licence";
	}

	private static BigDecimal amount(String id, UsageBucket bucket) {
		ListPriceFact price = model(id).listPrice();
		assertThat(price).as(id).isNotNull();
		BigDecimal amount = tier(price).prices().get(bucket);
		assertThat(amount).as(id).isNotNull();
		return amount;
	}

	private static String price(String id, UsageBucket bucket) {
		return amount(id, bucket).toPlainString();
	}

	private static PriceTier tier(ListPriceFact price) {
		return price.tiers()
			.stream()
			.filter((tier) -> tier.serviceTier().equals(PriceTier.DEFAULT) && tier.inputTokensOver() == 0)
			.findFirst()
			.orElseThrow();
	}

}
