package io.exchequer.routing.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

import io.exchequer.registry.Provider;
import io.exchequer.routing.TestRegistry;
import io.exchequer.routing.wire.Addition.Kind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What strict servers are sent of a request, byte by byte, and what they have no place
 * for.
 */
class AdditionsTests {

	private static final String USER = "{\"role\":\"user\",\"content\":\"x\"}";

	private static final WireDialect LENIENT = new WireDialect(WireDialect.MAX_COMPLETION_TOKENS, false, true, false);

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "\"top_k\":5,M|M", "M,\"top_k\":5|M", " \"top_k\" : 5 , M , \"x\":1| M , \"x\":1",
					"M, \"top_k\" : null|M", "M,\"top_k\":5 , \"cache_control\":{\"type\":\"ephemeral\"}|M",
					"M,\"top_k\":5 , \"cache_control\":{\"type\":\"ephemeral\"} , \"x\" : [1.50]|M,\"x\" : [1.50]",
					"\"top_k\":5,\"x\":1,\"cache_control\":null,M,\"thinking\":{\"type\":\"disabled\"}|\"x\":1,M",
					"M,\"to\\u0070_k\":5|M", "M,\"\\u0074op_k\" :5,\"x\":\"\\\"\"|M,\"x\":\"\\\"\"",
					"M,\"unknown\":{\"top_k\":5,\"cache_control\":1}|M,\"unknown\":{\"top_k\":5,\"cache_control\":1}" })
	void cutsMembersOutAndNothingElse(String members, String expected) throws Exception {
		String messages = "\"messages\":[" + USER + "]";
		String body = "{\"model\":\"a\"," + members.replace("M", messages) + "}";
		assertThat(strict(body)).isEqualTo("{\"model\":\"a\"," + expected.replace("M", messages) + "}");
		assertThat(lenient(body)).isEqualTo(body);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = {
			"{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]}|{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}",
			"{\"role\":\"user\",\"content\":[{\"cache_control\":{} , \"type\":\"text\",\"text\":\"cache_control\"}]}|{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"cache_control\"}]}",
			"{\"role\":\"assistant\",\"reasoning_content\":\"r\\\"\",\"thinking_blocks\":[{\"type\":\"thinking\"}],\"content\":\"x\"}|{\"role\":\"assistant\",\"content\":\"x\"}",
			"{\"thinking_blocks\":[],\"role\":\"assistant\",\"content\":\"x\",\"reasoning_content\":null}|{\"role\":\"assistant\",\"content\":\"x\"}",
			"{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"},\"extra_content\":{\"google\":{\"thought_signature\":\"s\"}}}]}|{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}",
			"{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"no\",\"is_error\":true}|{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"Error: no\"}",
			"{\"is_error\":true,\"content\":\"no\",\"tool_call_id\":\"1\",\"role\":\"tool\"}|{\"content\":\"Error: no\",\"tool_call_id\":\"1\",\"role\":\"tool\"}",
			"{\"role\":\"tool\",\"is_error\":false,\"content\":\"yes\"}|{\"role\":\"tool\",\"content\":\"yes\"}",
			"{\"role\":\"tool\",\"content\":[ {\"type\":\"text\",\"text\":\"no\",\"cache_control\":null}],\"is_error\":true}|{\"role\":\"tool\",\"content\":[{\"type\":\"text\",\"text\":\"Error:\"}, {\"type\":\"text\",\"text\":\"no\"}]}",
			"{\"role\":\"tool\",\"content\":[ ],\"is_error\":true}|{\"role\":\"tool\",\"content\":[{\"type\":\"text\",\"text\":\"Error:\"} ]}",
			"{\"role\":\"tool\",\"content\":null,\"is_error\":true}|{\"role\":\"tool\",\"content\":null}",
			"{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_url\":null,\"file_id\":\"f\"}}]}|{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"f\"}}]}" })
	void cutsWithinMessagesAndTellsAFailureInItsText(String message, String expected) throws Exception {
		assertThat(strict(chat(message))).isEqualTo(chat(expected));
		assertThat(lenient(chat(message))).isEqualTo(chat(message));
	}

	@Test
	void cutsMarksOfTools() throws Exception {
		String tools = "{\"model\":\"a\",\"messages\":[" + USER + "],\"tools\":[{\"type\":\"function\",\"function\":"
				+ "{\"name\":\"f\",\"parameters\":{\"type\":\"object\",\"properties\":{\"cache_control\":{}}}}%s}]}";
		String marked = tools.formatted(",\"cache_control\":{\"type\":\"ephemeral\"}");
		assertThat(strict(marked)).isEqualTo(tools.formatted(""));
		assertThat(parse(marked).additions()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(nullValues = "-", value = { "0, low", "1024, low", "4095, low", "4096, medium", "16383, medium",
			"16384, high", "99999999999999999999999, high" })
	void asksForTheEffortThatABudgetComesTo(String budget, String effort) throws Exception {
		String thinking = "\"thinking\":{\"budget_tokens\":" + budget + ",\"type\":\"enabled\"}";
		assertThat(strict(chat(USER, thinking)))
			.isEqualTo(chat(USER).replaceFirst("\\{", "{\"reasoning_effort\":\"" + effort + "\","));
		assertThat(strict("{" + thinking + "," + chat(USER).substring(1)))
			.isEqualTo(chat(USER).replaceFirst("\\{", "{\"reasoning_effort\":\"" + effort + "\","));
		assertThat(strict(chat(USER, thinking, "\"reasoning_effort\": null")))
			.isEqualTo(chat(USER, "\"reasoning_effort\": \"" + effort + "\""));
		assertThat(strict(chat(USER, "\"reasoning_effort\":\"minimal\"", thinking)))
			.isEqualTo(chat(USER, "\"reasoning_effort\":\"minimal\""));
		assertThat(parse(chat(USER, thinking)).additions()).isEmpty();
		assertThat(lenient(chat(USER, thinking))).isEqualTo(chat(USER, thinking));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "{\"type\":\"disabled\"}", "{\"type\":\"adaptive\"}", "null",
			"{\"type\":\"enabled\"}", "{\"type\":\"adaptive\",\"budget_tokens\":null}" })
	void asksForNoEffortWithoutABudget(String thinking) throws Exception {
		assertThat(strict(chat(USER, "\"thinking\":" + thinking))).isEqualTo(chat(USER));
		assertThat(parse(chat(USER, "\"thinking\":" + thinking)).additions()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "true", "[]", "{}", "\"enabled\"", "{\"type\":\"between_tools\"}",
					"{\"type\":\"enabled\",\"budget_tokens\":-1}", "{\"type\":\"enabled\",\"budget_tokens\":1.5}",
					"{\"type\":\"enabled\",\"budget_tokens\":5,\"display\":\"omitted\"}" })
	void namesThinkingThatIsNoEffort(String thinking) throws Exception {
		String body = chat(USER, "\"thinking\":" + thinking);
		assertThat(parse(body).additions()).containsExactly(new Addition(Kind.THINKING, "thinking"));
		assertThat(strict(body)).isEqualTo(chat(USER));
	}

	@Test
	void namesWhatAStrictServerHasNoPlaceForInItsOrder() throws Exception {
		String assistant = "{\"role\":\"assistant\",\"thinking_blocks\":[{\"type\":\"thinking\"}],\"reasoning_content\":\"r\","
				+ "\"tool_calls\":[{\"id\":\"1\",\"extra_content\":{\"google\":{\"thought_signature\":\"s\"},\"mine\":1}},7]}";
		String tool = "{\"is_error\":\"yes\",\"content\":[{\"type\":\"text\",\"text\":\"x\"},{\"type\":\"image_url\","
				+ "\"image_url\":{\"url\":\"data:image/png;base64,AA==\"}}],\"role\":\"tool\"}";
		String user = "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"file_id\":\"f\"}},"
				+ "{\"type\":\"file\",\"file\":{\"file_url\":\"https://x/y.pdf\"}},{\"type\":\"file\",\"file\":{\"file_id\":\"f\"}}]}";
		assertThat(parse(chat(assistant + "," + tool + "," + user, "\"top_k\":4")).additions()).containsExactly(
				new Addition(Kind.REASONING, "messages[0].thinking_blocks"),
				new Addition(Kind.REASONING, "messages[0].reasoning_content"),
				new Addition(Kind.CALL_EXTRAS, "messages[0].tool_calls[0].extra_content"),
				new Addition(Kind.FAILURE, "messages[1].is_error"),
				new Addition(Kind.TOOL_MEDIA, "messages[1].content[1]"),
				new Addition(Kind.UPLOADED_IMAGE, "messages[2].content[0].image_url.file_id"),
				new Addition(Kind.REMOTE_DOCUMENT, "messages[2].content[1].file.file_url"),
				new Addition(Kind.TOP_K, "top_k"));
	}

	@Test
	void findsNothingInWhatOpenAiKnows() throws Exception {
		RequestDocument document = parse(chat("{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
				+ "\"image_url\":{\"url\":\"https://x/y.png\"}}]},{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\","
				+ "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
				+ "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}",
				"\"reasoning_effort\":\"low\"", "\"made_up\":{\"thinking\":1}"));
		assertThat(document.additions()).isEmpty();
		assertThat(((ParsedRequest) document).additions).isNull();
	}

	@Test
	void isStrictWithOpenAiAndAzureAndWhoeverSaysSo() {
		assertThat(dialect("openai", "https://api.openai.com/v1", null).strict()).isTrue();
		assertThat(dialect("azure-openai", "https://acme.openai.azure.com", null).strict()).isTrue();
		assertThat(dialect("openai", "http://vllm:8000/v1", null).strict()).isFalse();
		assertThat(dialect("openai", "http://proxy/v1", "true").strict()).isTrue();
		assertThat(dialect("azure-openai", "https://acme.openai.azure.com", "false").strict()).isFalse();
		assertThat(dialect("anthropic", "", "true").strict()).isFalse();
	}

	@Test
	void leavesWhatOtherwiseWouldHaveBeenWrittenOfRandomBodies() throws Exception {
		Random random = new Random(20261124);
		List<String> additions = List.of("\"top_k\":1", "\"cache_control\" : {\"a\":[1, 2]}", "\"thinking\":null");
		List<String> known = List.of("\"model\":\"a\"", "\"messages\":[" + USER + "]", "\"x\":\"\\\\\"", "\"y\" : { }",
				"\"max_completion_tokens\":7", "\"stream\": true");
		for (int round = 0; round < 3000; round++) {
			List<String> members = new ArrayList<>(known);
			additions.stream().filter((each) -> random.nextBoolean()).forEach(members::add);
			Collections.shuffle(members, random);
			List<String> kept = members.stream().filter((each) -> !additions.contains(each)).toList();
			String space = " \n\t\r ".substring(0, random.nextInt(6));
			String separator = space + "," + " \n".substring(0, random.nextInt(3));
			String expected = read(LENIENT, "{" + space + String.join(separator, kept) + "}");
			assertThat(read(WireDialect.OPENAI, "{" + space + String.join(separator, members) + "}"))
				.isEqualTo(expected);
		}
	}

	/** Returns a body as a server reads it. */
	private static String read(WireDialect dialect, String body) throws Exception {
		return JsonMapper.shared().readTree(RequestDocumentTests.spliced(parse(body), "up", 42, dialect)).toString();
	}

	private static WireDialect dialect(String kind, String baseUrl, @Nullable String strict) {
		TestRegistry registry = new TestRegistry();
		registry.deployment("d", "m", new Provider(new UUID(1, 2), "p", kind, baseUrl,
				(strict != null) ? Map.of("strictMembers", strict) : Map.of()));
		return WireDialect.of(registry.get("d"));
	}

	private static String chat(String messages, String... members) {
		return "{\"model\":\"a\",\"messages\":[" + messages + "]"
				+ ((members.length > 0) ? "," + String.join(",", members) : "") + "}";
	}

	private static String strict(String body) throws Exception {
		return RequestDocumentTests.spliced(parse(body), "a", null, WireDialect.OPENAI);
	}

	private static String lenient(String body) throws Exception {
		return RequestDocumentTests.spliced(parse(body), "a", null, LENIENT);
	}

	private static RequestDocument parse(String body) throws InvalidRequestException {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		return OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, bytes, bytes.length);
	}

}
