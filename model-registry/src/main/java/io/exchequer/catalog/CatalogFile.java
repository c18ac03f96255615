package io.exchequer.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.EnumNamingStrategies;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * The catalogue's file. Each group of figures names its documents by their identifiers in
 * {@code sources}, so that a date is written once. Prices and other decimals are texts,
 * lest anything take them for binary floating point; an unknown member is refused, which
 * catches the misspelt.
 */
final class CatalogFile {

	private static final String BUILT_IN = "models.json";

	private CatalogFile() {
	}

	static Catalog builtIn() {
		try (InputStream in = CatalogFile.class.getResourceAsStream(BUILT_IN)) {
			if (in == null) {
				throw new IllegalStateException("the catalogue is missing: " + BUILT_IN);
			}
			return read(in.readAllBytes());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Reads a catalogue.
	 * @throws tools.jackson.core.JacksonException if it is not of the right form
	 * @throws IllegalStateException with everything that it says wrongly
	 */
	static Catalog read(byte[] json) {
		JsonMapper plain = mapper(Map.of());
		JsonNode file = plain.readTree(json);
		Map<String, CatalogSource> sources = plain.treeToValue(file.path("sources"), new TypeReference<>() {
		});
		JsonMapper mapper = mapper(sources);
		List<CatalogModel> models = mapper.treeToValue(file.path("models"), new TypeReference<>() {
		});
		Quantisations quantisations = mapper.treeToValue(file.path("quantisations"), Quantisations.class);
		CatalogRules.check(sources, quantisations, models);
		return new Catalog(models, quantisations);
	}

	private static JsonMapper mapper(Map<String, CatalogSource> sources) {
		SimpleModule module = new SimpleModule("exchequer-catalog");
		module.addDeserializer(BigDecimal.class, new Decimals());
		if (!sources.isEmpty()) {
			module.addDeserializer(CatalogSource.class, new Sources(sources));
		}
		return JsonMapper.builder()
			.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
			.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
					DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
			.disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
			.disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
			.enumNamingStrategy(EnumNamingStrategies.KEBAB_CASE)
			.addModule(module)
			.build();
	}

	/** Reads a decimal from a text and from nothing else. */
	private static final class Decimals extends StdDeserializer<BigDecimal> {

		Decimals() {
			super(BigDecimal.class);
		}

		@Override
		public BigDecimal deserialize(JsonParser parser, DeserializationContext context) {
			if (parser.currentToken() == JsonToken.VALUE_STRING
					&& parser.getString().matches("[0-9]{1,12}(\\.[0-9]{1,12})?")) {
				return new BigDecimal(parser.getString());
			}
			return context.reportInputMismatch(BigDecimal.class, "a decimal is a text, such as \"0.15\"");
		}

	}

	/** Reads a source from its identifier. */
	private static final class Sources extends StdDeserializer<CatalogSource> {

		private final transient Map<String, CatalogSource> sources;

		Sources(Map<String, CatalogSource> sources) {
			super(CatalogSource.class);
			this.sources = sources;
		}

		@Override
		public CatalogSource deserialize(JsonParser parser, DeserializationContext context) {
			String id = (parser.currentToken() == JsonToken.VALUE_STRING) ? parser.getString() : "";
			CatalogSource source = this.sources.get(id);
			return (source != null) ? source
					: context.reportInputMismatch(CatalogSource.class, "there is no source \"%s\"", id);
		}

	}

}
