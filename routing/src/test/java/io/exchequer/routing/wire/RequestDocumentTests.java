package io.exchequer.routing.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import io.exchequer.registry.Deployment;
import io.exchequer.registry.Modality;
import io.exchequer.registry.Provider;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.TestRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class RequestDocumentTests {

	private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

	@Test
	void readsWhatRoutingNeeds() throws Exception {
		RequestDocument request = chat("""
				{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"x"},
				{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}],
				"stream":true,"stream_options":{"include_usage":true},"n":2,"max_tokens":7,
				"metadata":{"task":"summarisation"},"response_format":{"type":"json_object"},
				"tools":[{"type":"function","function":{"name":"f"}}],"modalities":["text","audio"]}""");
		assertThat(request.model()).isEqualTo("auto");
		assertThat(request.stream()).isTrue();
		assertThat(request.usageWanted()).isTrue();
		assertThat(request.choices()).isEqualTo(2);
		assertThat(request.maxOutput()).isEqualTo(7);
		assertThat(request.metadataTask()).contains("summarisation");
		assertThat(request.structuredOutput()).isTrue();
		assertThat(request.tools()).isTrue();
		assertThat(request.inputModalities()).isEqualTo(Set.of(Modality.TEXT, Modality.IMAGE));
		assertThat(request.outputModalities()).isEqualTo(Set.of(Modality.TEXT, Modality.AUDIO));
	}

	@Test
	void takesNullsForAbsentMembers() throws Exception {
		RequestDocument request = chat("{\"model\":\"m\"," + MESSAGES
				+ ",\"stream\":null,\"n\":null,\"max_tokens\":null,\"tools\":null,\"stream_options\":null,\"metadata\":null}");
		assertThat(request.stream()).isFalse();
		assertThat(request.choices()).isEqualTo(1);
		assertThat(request.maxOutput()).isNull();
		assertThat(request.tools()).isFalse();
		assertThat(request.outputModalities()).containsExactly(Modality.TEXT);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "  ", "[]", "\"x\"", "{", "{\"model\":\"m\"", "{\"model\":\"m\",}", "{'model':1}",
			"{} x", "{}{}", "{\"model\":\"\u0001\"}", "{\"model\":nul}", "\ufeff{}", "{\"a\":01}", "{\"a\":\"\\x\"}" })
	void refusesWhatIsNoJsonObject(String body) {
		assertThat(error(body.replace("{}", "{\"model\":\"m\"," + MESSAGES + "}")).code()).isEqualTo("invalid_json");
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"model\":\"a\",\"model\":\"b\"}", "{\"model\":\"a\",\"mod\\u0065l\":\"b\"}",
			"{\"x\":{\"a\":1,\"b\":2,\"a\":3}}", "{\"x\":[[{\"a\":1,\"a\":3}]]}",
			"{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"content\":\"b\"}]}" })
	void refusesDuplicateMembersAtAnyDepth(String body) {
		assertThat(error(body).code()).isEqualTo("duplicate_member");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = { "{\"model\":\"m\",MESSAGES,\"MODEL\":\"x\"}|MODEL",
			"{\"Max_Tokens\":100000,\"model\":\"m\",MESSAGES,\"max_tokens\":1}|Max_Tokens",
			"{\"model\":\"m\",MESSAGES,\"N_Predict\":{}}|N_Predict",
			"{\"model\":\"m\",MESSAGES,\"\u017ftream\":true}|\u017ftream",
			"{\"model\":\"m\",MESSAGES,\"to\\u006fL\u017f\":[]}|tooL\u017f",
			"{\"model\":\"m\",MESSAGES,\"stream_options\":{\"Include_usage\":true}}|stream_options.Include_usage",
			"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"Content\":\"x\"}]}|messages[0].Content",
			"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"Image_URL\":{}}]}]}|messages[0].content[0].Image_URL",
			"{\"model\":\"m\",MESSAGES,\"tools\":[{\"type\":\"function\",\"Type\":\"x\",\"function\":{\"name\":\"f\"}}]}|tools[0].Type" })
	void refusesNamesThatDifferFromAKnownOneOnlyByCase(String body, String param) {
		ApiError error = error(body.replace("MESSAGES", MESSAGES));
		assertThat(error.code()).isEqualTo("ambiguous_member");
		assertThat(error.param()).isEqualTo(param);
		assertThat(error.message()).contains("only by case");
	}

	@Test
	void takesUnknownNamesWhateverTheirCase() throws Exception {
		assertThat(chat("{\"model\":\"m\"," + MESSAGES + ",\"topP\":1,\"X\":{\"Model\":1},\"\u00fc\":2,"
				+ "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":"
				+ "{\"type\":\"object\",\"properties\":{\"Model\":{\"type\":\"string\"}}}}}]}")
			.model()).isEqualTo("m");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "models|[\"a\",\"b\"]", "route|\"fallback\"", "fallbacks|[{\"a\":\"b\"}]", "preset|\"x\"" })
	void refusesToLetTheProviderChooseAnotherModel(String name, String value) throws Exception {
		ApiError error = error("{\"model\":\"m\"," + MESSAGES + ",\"" + name + "\":" + value + "}");
		assertThat(error.code()).isEqualTo("unsupported_parameter");
		assertThat(error.param()).isEqualTo(name);
		assertThat(chat("{\"model\":\"m\"," + MESSAGES + ",\"" + name + "\":null}").model()).isEqualTo("m");
		assertThat(catchThrowableOfType(InvalidRequestException.class,
				() -> embeddings("{\"model\":\"m\",\"input\":\"x\",\"" + name + "\":" + value + "}"))
			.error()
			.param()).isEqualTo(name);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = { "{MESSAGES}|missing_required_parameter|model",
			"{\"model\":1,MESSAGES}|invalid_type|model", "{\"model\":\" \",MESSAGES}|invalid_value|model",
			"{\"model\":null,MESSAGES}|invalid_type|model", "{\"model\":\"m\"}|missing_required_parameter|messages",
			"{\"model\":\"m\",\"messages\":\"x\"}|invalid_type|messages",
			"{\"model\":\"m\",\"messages\":[]}|invalid_value|messages",
			"{\"model\":\"m\",\"messages\":[1]}|invalid_type|messages[0]",
			"{\"model\":\"m\",\"messages\":[{\"content\":\"x\"}]}|missing_required_parameter|messages[0].role",
			"{\"model\":\"m\",\"messages\":[{\"role\":7}]}|invalid_type|messages[0].role",
			"{\"model\":\"m\",\"messages\":[{\"role\":\"user\"},{\"role\":\"wizard\"}]}|invalid_value|messages[1].role",
			"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":7}]}|invalid_type|messages[0].content",
			"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[7]}]}|invalid_type|messages[0].content[0]",
			"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]}]}|missing_required_parameter|messages[0].content[0].type",
			"{\"model\":\"m\",MESSAGES,\"stream\":\"yes\"}|invalid_type|stream",
			"{\"model\":\"m\",MESSAGES,\"stream\":1}|invalid_type|stream",
			"{\"model\":\"m\",MESSAGES,\"n\":0}|invalid_value|n",
			"{\"model\":\"m\",MESSAGES,\"n\":129}|invalid_value|n",
			"{\"model\":\"m\",MESSAGES,\"n\":1.5}|invalid_type|n",
			"{\"model\":\"m\",MESSAGES,\"max_tokens\":0}|invalid_value|max_tokens",
			"{\"model\":\"m\",MESSAGES,\"max_tokens\":-1}|invalid_value|max_tokens",
			"{\"model\":\"m\",MESSAGES,\"max_tokens\":99999999999999999999}|invalid_value|max_tokens",
			"{\"model\":\"m\",MESSAGES,\"max_tokens\":\"5\"}|invalid_type|max_tokens",
			"{\"model\":\"m\",MESSAGES,\"max_tokens\":5,\"max_completion_tokens\":5}|invalid_value|max_tokens",
			"{\"model\":\"m\",MESSAGES,\"stream_options\":true}|invalid_type|stream_options",
			"{\"model\":\"m\",MESSAGES,\"stream_options\":{\"include_usage\":1}}|invalid_type|stream_options.include_usage",
			"{\"model\":\"m\",MESSAGES,\"metadata\":\"x\"}|invalid_type|metadata",
			"{\"model\":\"m\",MESSAGES,\"tools\":{}}|invalid_type|tools",
			"{\"model\":\"m\",MESSAGES,\"tools\":[{}]}|missing_required_parameter|tools[0].type",
			"{\"model\":\"m\",MESSAGES,\"tools\":[{\"type\":\"function\"}]}|missing_required_parameter|tools[0].function",
			"{\"model\":\"m\",MESSAGES,\"tools\":[{\"type\":\"function\",\"function\":{}}]}|missing_required_parameter|tools[0].function.name",
			"{\"model\":\"m\",MESSAGES,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]}|invalid_value|tools[0].function.name" })
	void tellsWhichMemberIsWrong(String body, String code, String param) {
		ApiError error = error(body.replace("MESSAGES", MESSAGES));
		assertThat(error.code()).isEqualTo(code);
		assertThat(error.param()).isEqualTo(param);
		assertThat(error.status()).isEqualTo(400);
		assertThat(error.message()).contains(param);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = { "[]|tools[0].function.parameters",
			"\"x\"|tools[0].function.parameters", "{\"type\":\"objekt\"}|tools[0].function.parameters.type",
			"{\"type\":\"string\"}|tools[0].function.parameters.type",
			"{\"type\":\"object\",\"properties\":[]}|tools[0].function.parameters.properties",
			"{\"type\":\"object\",\"properties\":{\"a\":1}}|tools[0].function.parameters.properties.a",
			"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"text\"}}}|tools[0].function.parameters.properties.a.type",
			"{\"type\":\"object\",\"required\":\"a\"}|tools[0].function.parameters.required",
			"{\"type\":\"object\",\"required\":[1]}|tools[0].function.parameters.required[0]",
			"{\"properties\":{\"a\":{\"items\":{\"anyOf\":{}}}}}|tools[0].function.parameters.properties.a.items.anyOf",
			"{\"properties\":{\"a\":{\"enum\":\"x\"}}}|tools[0].function.parameters.properties.a.enum" })
	void refusesToolSchemasThatAreNone(String schema, String param) {
		ApiError error = error("{\"model\":\"m\"," + MESSAGES
				+ ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":" + schema + "}}]}");
		if (schema.startsWith("[") || schema.startsWith("\"")) {
			assertThat(error.code()).isEqualTo("invalid_type");
		}
		else {
			assertThat(error.code()).isEqualTo("invalid_function_parameters");
		}
		assertThat(error.param()).isEqualTo(param);
	}

	@Test
	void takesToolSchemasThatAreSchemas() throws Exception {
		RequestDocument request = chat("{\"model\":\"m\"," + MESSAGES
				+ ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather-1\",\"strict\":true,\"parameters\":"
				+ "{\"type\":\"object\",\"properties\":{\"type\":{\"type\":[\"string\",\"null\"],\"enum\":[\"a\",null]},"
				+ "\"required\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/x\"}},\"any\":true},"
				+ "\"required\":[\"type\"],\"additionalProperties\":false,\"$defs\":{\"x\":{\"anyOf\":[{\"type\":\"integer\"},{}]}}"
				+ "}}},{\"type\":\"function\",\"function\":{\"name\":\"b\"}}]}");
		assertThat(request.tools()).isTrue();
		assertThat(request.costFacts().unbounded()).isNull();
	}

	@Test
	void refusesMalformedUtf8() {
		byte[] body = ("{\"model\":\"m\"," + MESSAGES + ",\"x\":\"??\"}").getBytes(StandardCharsets.ISO_8859_1);
		int at = new String(body, StandardCharsets.ISO_8859_1).indexOf("??");
		for (int[] pair : new int[][] { { 0xC0, 0xAF }, { 0xE2, 0x82 }, { 0xED, 0xA0 }, { 0xFF, 'x' }, { 'x', 0x80 },
				{ 0xF5, 0x80 } }) {
			body[at] = (byte) pair[0];
			body[at + 1] = (byte) pair[1];
			assertThat(error(body).code()).isEqualTo("invalid_json");
		}
	}

	@Test
	void tellsASchemaOfTheResponseFormatApartFromOneOfATool() {
		ApiError error = error("{\"model\":\"m\"," + MESSAGES + ",\"response_format\":{\"type\":\"json_schema\","
				+ "\"json_schema\":{\"name\":\"x\",\"schema\":{\"type\":\"nonsense\"}}}}");
		assertThat(error.code()).isEqualTo("invalid_response_format");
		assertThat(error.param()).isEqualTo("response_format.json_schema.schema.type");
	}

	@Test
	void doesNotTakeTheBytesOfAFileForText() throws Exception {
		String body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":"
				+ "{\"filename\":\"a.pdf\",\"file_data\":\"data:application/pdf;base64," + "A".repeat(1_000_000)
				+ "\"}}]}]}";
		assertThat(chat(body).inputTokensExpected()).isBetween(100, 10_000);
		assertThat(chat(body).costFacts().bytesBound()).isFalse();
	}

	@Test
	void refusesOtherEncodingsOfJson() {
		assertThat(error("{\"model\":\"m\"}".getBytes(StandardCharsets.UTF_16LE)).code()).isEqualTo("invalid_json");
		assertThat(error("{\"model\":\"m\"}".getBytes(StandardCharsets.UTF_16BE)).code()).isEqualTo("invalid_json");
	}

	@Test
	void refusesNestingBeyondTheLimitAndTakesWhatIsWithin() throws Exception {
		String prefix = "{\"model\":\"m\"," + MESSAGES + ",\"x\":";
		assertThat(chat(prefix + "[".repeat(127) + "]".repeat(127) + "}").model()).isEqualTo("m");
		assertThat(error(prefix + "[".repeat(128) + "]".repeat(128) + "}").code()).isEqualTo("invalid_json");
	}

	@Test
	void readsOnlyTheBodysPartOfItsArray() throws Exception {
		byte[] body = ("{\"model\":\"m\"," + MESSAGES + "}garbage").getBytes(StandardCharsets.UTF_8);
		RequestDocument request = OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, body, body.length - 7);
		assertThat(spliced(request, "other", null, WireDialect.COMPATIBLE))
			.isEqualTo("{\"model\":\"other\"," + MESSAGES + "}");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "-", value = {
			"{\"model\":\"a\",M}|-|{\"model\":\"b\",M}", "{\"model\":\"a\",M}|5|{\"max_tokens\":5,\"model\":\"b\",M}",
			" {\"model\" : \"a\" ,M, \"max_tokens\" : 9 }|5| {\"model\" : \"b\" ,M, \"max_tokens\" : 5 }",
			"{\"max_tokens\":9,M,\"model\":\"a\"}|-|{\"max_tokens\":9,M,\"model\":\"b\"}",
			"{\"model\":\"a\",M,\"max_completion_tokens\":9}|5|{\"model\":\"b\",M,\"max_tokens\":5}",
			"{\"model\":\"a\",M,\"max_completion_tokens\": 9}|-|{\"model\":\"b\",M,\"max_tokens\": 9}",
			"{\"model\":\"a\",M,\"max_tokens\":null}|5|{\"model\":\"b\",M,\"max_tokens\":5}",
			"{\"model\":\"a\",M,\"max_tokens\":null,\"max_completion_tokens\":9}|5|{\"model\":\"b\",M,\"max_tokens\":5,\"max_completion_tokens\":null}",
			"{\"model\":\"a\",M,\"stream\":true}|-|{\"stream_options\":{\"include_usage\":true},\"model\":\"b\",M,\"stream\":true}",
			"{\"model\":\"a\",M,\"stream\":true}|5|{\"max_tokens\":5,\"stream_options\":{\"include_usage\":true},\"model\":\"b\",M,\"stream\":true}",
			"{\"model\":\"a\",M,\"stream\":true,\"stream_options\":{\"include_usage\":true}}|-|{\"model\":\"b\",M,\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
			"{\"model\":\"a\",M,\"stream\":true,\"stream_options\":{\"include_usage\" : false }}|-|{\"model\":\"b\",M,\"stream\":true,\"stream_options\":{\"include_usage\" : true }}",
			"{\"model\":\"a\",M,\"stream\":true,\"stream_options\":{ \"x\":1}}|-|{\"model\":\"b\",M,\"stream\":true,\"stream_options\":{\"include_usage\":true, \"x\":1}}",
			"{\"model\":\"a\",M,\"stream\":true,\"stream_options\":{ }}|-|{\"model\":\"b\",M,\"stream\":true,\"stream_options\":{\"include_usage\":true }}",
			"{\"model\":\"a\",M,\"stream\":true,\"stream_options\":null}|-|{\"model\":\"b\",M,\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
			"{\"model\":\"a\",M,\"stream\":false}|-|{\"model\":\"b\",M,\"stream\":false}" })
	void replacesOnlyWhatMustChange(String body, @Nullable Integer maxOutput, String expected) throws Exception {
		assertThat(spliced(chat(body.replace("M", MESSAGES)), "b", maxOutput, WireDialect.COMPATIBLE))
			.isEqualTo(expected.replace("M", MESSAGES));
	}

	@Test
	void speaksTheUpstreamsDialect() throws Exception {
		String body = "{\"model\":\"a\"," + MESSAGES + ",\"stream\":true}";
		assertThat(spliced(chat(body), "a", 5, WireDialect.OPENAI)).startsWith("{\"max_completion_tokens\":5,");
		assertThat(spliced(chat(body), "a", null, new WireDialect("max_tokens", false, false, false))).isEqualTo(body);
		WireDialect strict = new WireDialect("max_tokens", true, true, false);
		assertThat(spliced(chat("{\"model\":\"a\"," + MESSAGES + ",\"max_completion_tokens\": 9}"), "a", null, strict))
			.isEqualTo("{\"model\":\"a\"," + MESSAGES + ",\"max_tokens\": 9}");
		assertThat(
				spliced(chat("{\"model\":\"a\"," + MESSAGES + ",\"max_completion_tokens\": 9,\"max_tokens\": null }"),
						"a", 3, strict))
			.isEqualTo("{\"model\":\"a\"," + MESSAGES + ",\"max_completion_tokens\": null,\"max_tokens\": 3 }");
	}

	@Test
	void leavesEitherLimitWhereTheServerHeedsBoth() throws Exception {
		String completion = "{\"model\":\"a\"," + MESSAGES + ",\"max_completion_tokens\": 9}";
		String tokens = "{\"model\":\"a\"," + MESSAGES + ",\"max_tokens\": 9}";
		WireDialect both = WireDialect.of(deployment("http://vllm:8000/v1", Map.of("renameOutputLimit", "false")));
		assertThat(spliced(chat(completion), "a", null, both)).isEqualTo(completion);
		assertThat(spliced(chat(tokens), "a", null, both)).isEqualTo(tokens);
		WireDialect openai = WireDialect.of(deployment("https://api.openai.com/v1", Map.of()));
		assertThat(spliced(chat(tokens), "a", null, openai)).isEqualTo(tokens);
		WireDialect newer = WireDialect
			.of(deployment("http://proxy/v1", Map.of("outputLimitMember", "max_completion_tokens")));
		assertThat(spliced(chat(tokens), "a", null, newer)).isEqualTo(completion);
		WireDialect ollama = WireDialect.of(deployment("http://ollama:11434/v1", Map.of()));
		assertThat(spliced(chat(completion), "a", null, ollama)).isEqualTo(tokens);
	}

	@Test
	void renamesALimitUnlessToldPlainlyThatItNeedNot() throws Exception {
		String completion = "{\"model\":\"a\"," + MESSAGES + ",\"max_completion_tokens\": 9}";
		for (String unclear : List.of("yes", "False", "flase", "")) {
			WireDialect dialect = WireDialect
				.of(deployment("http://vllm:8000/v1", Map.of("renameOutputLimit", unclear)));
			assertThat(spliced(chat(completion), "a", null, dialect)).as(unclear)
				.isEqualTo("{\"model\":\"a\"," + MESSAGES + ",\"max_tokens\": 9}");
		}
	}

	private static Deployment deployment(String baseUrl, Map<String, String> settings) {
		TestRegistry registry = new TestRegistry();
		registry.deployment("d", "m", new Provider(new UUID(1, 2), "p", "openai", baseUrl, settings));
		return registry.get("d");
	}

	@Test
	void escapesTheUpstreamsModel() throws Exception {
		assertThat(spliced(chat("{\"model\":\"a\\u0062\"," + MESSAGES + "}"), "q\"\\\n\u00e9", null,
				WireDialect.COMPATIBLE))
			.isEqualTo("{\"model\":\"q\\\"\\\\\\n\u00e9\"," + MESSAGES + "}");
	}

	@Test
	void readsEmbeddings() throws Exception {
		assertThat(embeddings("{\"model\":\"m\",\"input\":\"x\"}").costFacts().messages()).isEqualTo(1);
		assertThat(embeddings("{\"model\":\"m\",\"input\":[\"x\",\"y\"]}").costFacts().messages()).isEqualTo(2);
		assertThat(embeddings("{\"model\":\"m\",\"input\":\"" + "x".repeat(400) + "\"}").contextTokensExpected())
			.isBetween(100, 110);
		String many = "\"" + "x".repeat(400) + "\"," + "\"x\",".repeat(1000);
		RequestDocument texts = embeddings("{\"model\":\"m\",\"input\":[\"x\"," + many + "\"y\"]}");
		assertThat(texts.contextTokensExpected()).isBetween(100, 102);
		assertThat(texts.inputTokensExpected()).isGreaterThan(1000);
		assertThat(
				embeddings("{\"model\":\"m\",\"input\":[\"x\",\"" + "x".repeat(400) + "\"]}").contextTokensExpected())
			.isBetween(100, 102);
		assertThat(embeddings("{\"model\":\"m\",\"input\":[[1],[1,2,3],[1,2]]}").contextTokensExpected()).isEqualTo(3);
		assertThat(embeddings("{\"model\":\"m\",\"input\":[1,2,3,4]}").contextTokensExpected()).isEqualTo(4);
		RequestDocument tokens = embeddings("{\"model\":\"m\",\"input\":[[1,2],[3]]}");
		assertThat(tokens.costFacts().messages()).isEqualTo(2);
		assertThat(tokens.inputTokensExpected()).isEqualTo(3);
		assertThat(tokens.outputModalities()).containsExactly(Modality.EMBEDDING);
		assertThat(spliced(tokens, "n", 5, WireDialect.COMPATIBLE))
			.isEqualTo("{\"model\":\"n\",\"input\":[[1,2],[3]]}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"model\":\"m\"}", "{\"model\":\"m\",\"input\":null}", "{\"model\":\"m\",\"input\":[]}",
			"{\"model\":\"m\",\"input\":[null]}", "{\"model\":\"m\",\"input\":[\"x\",1]}",
			"{\"model\":\"m\",\"input\":[[\"x\"]]}", "{\"model\":\"m\",\"input\":{}}" })
	void refusesEmbeddingsOfNothing(String body) {
		ApiError error = catchThrowableOfType(InvalidRequestException.class, () -> embeddings(body)).error();
		assertThat(error.param()).startsWith("input");
	}

	private static RequestDocument chat(String body) throws InvalidRequestException {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		return OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, bytes, bytes.length);
	}

	private static RequestDocument embeddings(String body) throws InvalidRequestException {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		return OpenAiRequests.parse(Endpoint.EMBEDDINGS, bytes, bytes.length);
	}

	private static ApiError error(String body) {
		return error(body.getBytes(StandardCharsets.UTF_8));
	}

	private static ApiError error(byte[] body) {
		return catchThrowableOfType(InvalidRequestException.class,
				() -> OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, body, body.length))
			.error();
	}

	static String spliced(RequestDocument request, String model, @Nullable Integer maxOutput, WireDialect dialect)
			throws IOException {
		SplicedBody body = request.splice(model, maxOutput, dialect);
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		body.writeTo(out);
		assertThat(out.size()).isEqualTo((int) body.length());
		return out.toString(StandardCharsets.UTF_8);
	}

}
