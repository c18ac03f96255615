package io.exchequer.catalog;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What is not taken for a catalogue. */
class CatalogFileTests {

	private static final String SOURCES = """
			{"sources": {"page": {"title": "A page", "url": "https://example.com/a", "asOf": "2026-11-24", "basis": "read"}},
			"quantisations": {"bitsPerWeight": {"q4_k_m": "4.8944"}, "sources": ["page"]}, "models": [""";

	private static final String ACTIVE = "\"lifecycle\": {\"stage\": \"active\", \"sources\": [\"page\"]}";

	@Test
	void readsASmallCatalogue() {
		Catalog catalog = read(model("one", ACTIVE));
		assertThat(catalog.find("one")).hasValueSatisfying((model) -> {
			assertThat(model.hosting()).containsExactly(Hosting.HOSTED);
			assertThat(model.lifecycle().sources().getFirst().url()).isEqualTo("https://example.com/a");
		});
	}

	@Test
	void refusesAFigureWithoutASource() {
		refuses(model("one", "\"lifecycle\": {\"stage\": \"active\", \"sources\": []}"), "one: must have a source");
		refusesForm(model("one", "\"lifecycle\": {\"stage\": \"active\"}"));
		refusesForm(model("one", "\"lifecycle\": {\"stage\": \"active\", \"sources\": [\"elsewhere\"]}"));
	}

	@Test
	void refusesASourceWithoutADate() {
		assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> CatalogFile.read(("""
				{"sources": {"page": {"title": "A page", "url": "https://example.com/a", "basis": "read"}},
				"quantisations": {"bitsPerWeight": {}, "sources": ["page"]}, "models": []}""")
			.getBytes(StandardCharsets.UTF_8)));
	}

	@Test
	void refusesTwoEntriesOfOneName() {
		refuses(model("one", ACTIVE) + ',' + model("one", ACTIVE), "one: must be there once");
		refuses(model("one", ACTIVE) + ',' + model("two", ACTIVE).replace("\"aliases\": []", "\"aliases\": [\"one\"]"),
				"two: must have aliases of its own: one");
	}

	@Test
	void refusesASuccessorThatIsNotThere() {
		refuses(model("one", ACTIVE.replace("\"stage\"", "\"successor\": \"two\", \"stage\"")),
				"must have a successor that is in the catalogue: two");
		refuses(model("one", ACTIVE.replace("\"stage\"", "\"successor\": \"one\", \"stage\"")),
				"must not be succeeded by itself");
	}

	@Test
	void refusesARetiredModelWithoutASuccessorOrADay() {
		refuses(model("one", ACTIVE.replace("active", "retired")), "must have a successor and the day");
	}

	@Test
	void refusesAWindowThatItsOutputDoesNotFitInto() {
		refuses(model("one", ACTIVE + ", \"limits\": {\"window\": 100, \"maxOutput\": 101, \"sources\": [\"page\"]}"),
				"must have a window that input and output fit into");
	}

	@Test
	void refusesPricesThatAreNumbers() {
		String price = ACTIVE + """
				, "listPrice": {"currency": "USD", "tiers": [{"serviceTier": "default", "inputTokensOver": 0,
				"prices": {"input": "0.15", "output": "0.60"}}], "sources": ["page"]}""";
		assertThat(read(model("one", price)).find("one")).isPresent();
		refusesForm(model("one", price.replace("\"0.15\"", "0.15")));
		refusesForm(model("one", price.replace("USD", "dollars")));
		refuses(model("one", price.replace("default", "batch")), "must have the default tier over 0");
		refuses(model("one", price.replace("output", "reasoning")), "must price output in every tier");
	}

	@Test
	void refusesATierThatIsCheapForLongRequestsBySilence() {
		String price = ACTIVE + """
				, "listPrice": {"currency": "USD", "tiers": [
				{"serviceTier": "default", "inputTokensOver": 0, "prices": {"input": "1", "output": "2"}},
				{"serviceTier": "default", "inputTokensOver": 1000, "prices": {"input": "2", "output": "3"}},
				{"serviceTier": "%s", "inputTokensOver": 0, "prices": {"input": "%s", "output": "4"}}],
				"sources": ["page"]}""";
		refuses(model("one", price.formatted("batch", "0.5")), "must price long requests in the tier batch");
		assertThat(read(model("one", price.formatted("priority", "2"))).find("one")).isPresent();
	}

	@Test
	void refusesASizeThatTheParametersDoNotMake() {
		String sized = ACTIVE + """
				, "parameters": {"total": 1000000000, "sources": ["page"]}""";
		String local = model("one", sized).replace("hosted", "local");
		assertThat(read(local.replace("\"publishedWeights\": []",
				"\"publishedWeights\": [{\"quantisation\": \"q4_k_m\", \"bytes\": 600000000, \"sources\": [\"page\"]}]"))
			.find("one")).isPresent();
		refuses(local.replace("\"publishedWeights\": []",
				"\"publishedWeights\": [{\"quantisation\": \"q4_k_m\", \"bytes\": 700000000, \"sources\": [\"page\"]}]"),
				"must have a published size near the computed one: q4_k_m");
	}

	@Test
	void refusesALocalModelOfUnknownSize() {
		refuses(model("one", ACTIVE).replace("hosted", "local"), "must have its parameters");
	}

	@Test
	void refusesMembersThatItDoesNotKnow() {
		refusesForm(model("one", ACTIVE + ", \"langauges\": {}"));
	}

	@Test
	void tellsEverythingThatIsWrongAtOnce() {
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> read(model("one", ACTIVE.replace("active", "retired")) + ','
					+ model("two", ACTIVE.replace("active", "deprecated"))))
			.withMessageContaining("one: must have a successor")
			.withMessageContaining("two: must have a successor");
	}

	private static String model(String id, String facts) {
		return """
				{"id": "%s", "name": "One", "vendor": "example", "hosting": ["hosted"], "aliases": [],
				"upstreamModel": "one", %s, "publishedWeights": []}""".formatted(id, facts);
	}

	private static Catalog read(String models) {
		return CatalogFile.read((SOURCES + models + "]}").getBytes(StandardCharsets.UTF_8));
	}

	private static void refuses(String models, String because) {
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> read(models))
			.withMessageContaining(because);
	}

	private static void refusesForm(String models) {
		assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> read(models));
	}

}
