package io.exchequer.admin;

import java.math.BigDecimal;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.EnumNamingStrategies;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.MapperBuilder;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;
import tools.jackson.databind.type.LogicalType;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;
import tools.jackson.dataformat.yaml.util.StringQuotingChecker;

import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;

/**
 * How the admin API reads and writes JSON and YAML: unknown and repeated members are
 * refused, types are strict, amounts are texts, enumerations are written
 * {@code like-this}.
 */
final class AdminMappers {

	private static final int DEPTH_MAX = 64;

	private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,20}(\\.[0-9]{1,24})?");

	/** How YAML is read; by itself the parser stops at three million characters. */
	static final LoadSettings YAML = LoadSettings.builder().setCodePointLimit(ConfigurationFiles.BYTES_MAX).build();

	private AdminMappers() {
	}

	static JsonMapper json() {
		JsonFactory factory = JsonFactory.builder()
			.streamReadConstraints(StreamReadConstraints.builder()
				.maxDocumentLength(ConfigurationFiles.BYTES_MAX)
				.maxNestingDepth(DEPTH_MAX)
				.build())
			.build();
		return configure(JsonMapper.builder(factory)).addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class)
			.build();
	}

	static YAMLMapper yaml() {
		YAMLFactory factory = YAMLFactory.builder()
			.loadSettings(YAML)
			.stringQuotingChecker(new Quoting())
			.disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
			.enable(YAMLWriteFeature.MINIMIZE_QUOTES)
			.enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
			.build();
		return configure(YAMLMapper.builder(factory)).build();
	}

	private static <B extends MapperBuilder<?, B>> B configure(B builder) {
		return builder.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
			.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
			.disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
			.disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
			.withCoercionConfig(LogicalType.Textual,
					(texts) -> texts.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
						.setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
						.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
			.enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
			.disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
			.enumNamingStrategy(EnumNamingStrategies.KEBAB_CASE)
			.changeDefaultPropertyInclusion((value) -> value.withValueInclusion(JsonInclude.Include.NON_NULL))
			.addModule(module());
	}

	private static SimpleModule module() {
		SimpleModule module = new SimpleModule("exchequer-admin");
		id(module, TenantId.class, TenantId::value);
		id(module, TeamId.class, TeamId::value);
		id(module, ProjectId.class, ProjectId::value);
		id(module, KeyId.class, KeyId::value);
		id(module, ModelId.class, ModelId::value);
		id(module, DeploymentId.class, DeploymentId::value);
		module.addSerializer(new Text<>(Money.class, Money::toPlainString));
		module.addSerializer(new Text<>(BigDecimal.class, AdminMappers::plain));
		module.addDeserializer(BigDecimal.class, new DecimalReader());
		PlainValues.read(module);
		return module;
	}

	private static <T> void id(SimpleModule module, Class<T> type, Function<T, UUID> value) {
		module.addSerializer(new Text<>(type, (id) -> value.apply(id).toString()));
	}

	/** Writes a decimal number without an exponent and without trailing zeros. */
	static String plain(BigDecimal value) {
		return (value.signum() == 0) ? "0" : value.stripTrailingZeros().toPlainString();
	}

	/**
	 * Leaves plain words alone and quotes every other text, lest something read it as a
	 * number, a date or a mark of YAML's: {@code 12E45}, {@code .inf},
	 * {@code 2026-01-01}.
	 */
	private static final class Quoting extends StringQuotingChecker.Default {

		private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./-]*");

		@Override
		public boolean needToQuoteValue(String value) {
			return !PLAIN.matcher(value).matches() || super.needToQuoteValue(value);
		}

	}

	/** Writes a value as a text. */
	private static final class Text<T> extends StdSerializer<T> {

		private final transient Function<T, String> text;

		Text(Class<T> type, Function<T, String> text) {
			super(type);
			this.text = text;
		}

		@Override
		public void serialize(T value, JsonGenerator generator, SerializationContext context) {
			generator.writeString(this.text.apply(value));
		}

	}

	/**
	 * Reads an amount from a text or a number, exactly; no exponents, which could stand
	 * for a number of any size.
	 */
	private static final class DecimalReader extends StdDeserializer<BigDecimal> {

		DecimalReader() {
			super(BigDecimal.class);
		}

		@Override
		public BigDecimal deserialize(JsonParser parser, DeserializationContext context) {
			JsonToken token = parser.currentToken();
			if (token == JsonToken.VALUE_STRING || token == JsonToken.VALUE_NUMBER_INT
					|| token == JsonToken.VALUE_NUMBER_FLOAT) {
				String text = parser.getString();
				if (DECIMAL.matcher(text).matches()) {
					return new BigDecimal(text);
				}
			}
			return (BigDecimal) context.handleWeirdStringValue(BigDecimal.class, "",
					"an amount is a decimal number in a text, such as \"12.50\"");
		}

	}

}
