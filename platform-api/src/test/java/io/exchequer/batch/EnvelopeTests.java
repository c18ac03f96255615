package io.exchequer.batch;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class EnvelopeTests {

	private static final String URL = "/v1/embeddings";

	@Test
	void leavesTheBodyByteForByte() throws InvalidLineException {
		String body = "{ \"model\" :\"m\\u0041\", \"x\":[1.0e0, {\"y\":\"}\u00e9\"}] }";
		Envelope envelope = read(" {\"extra\":[{}],\"body\":" + body
				+ " ,\"url\":\"/v1/embeddings\",\"method\":\"POST\",\"custom_id\":\"a \\\"b\\\" \u00e9\"} ");
		assertThat(new String(envelope.body(), StandardCharsets.UTF_8)).isEqualTo(body);
		assertThat(envelope.customId()).isEqualTo("a \"b\" \u00e9");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "x", "[]", "\"text\"", "null", "{", "{}}", "{} {}", "{\"custom_id\":\"a\"",
			"{\"custom_id\":\"a\",\"custom_id\":\"b\",\"method\":\"POST\",\"url\":\"/v1/embeddings\",\"body\":{}}",
			"{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/embeddings\",\"body\":{}}x", "{\0\0\0", "{'a':1}" })
	void refusesWhatIsNoJsonObject(String line) {
		refused(line, "invalid_json_line");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					{"method":"POST","url":"/v1/embeddings","body":{}}                               | missing_required_parameter
					{"custom_id":null,"method":"POST","url":"/v1/embeddings","body":{}}              | missing_required_parameter
					{"custom_id":7,"method":"POST","url":"/v1/embeddings","body":{}}                 | invalid_type
					{"custom_id":"","method":"POST","url":"/v1/embeddings","body":{}}                | invalid_custom_id
					{"custom_id":"a","method":"post","url":"/v1/embeddings","body":{}}               | invalid_method
					{"custom_id":"a","url":"/v1/embeddings","body":{}}                               | missing_required_parameter
					{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}         | url_mismatch
					{"custom_id":"a","method":"POST","url":"/v1/embeddings"}                         | missing_required_parameter
					{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":"{}"}             | invalid_type
					{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":null}             | invalid_type
					""")
	void saysWhatALineLacks(String line, String code) {
		refused(line, code);
	}

	@Test
	void takesNamesUpToTheirLongest() throws InvalidLineException {
		String line = "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/embeddings\",\"body\":{}}";
		assertThat(read(line.formatted("x".repeat(Envelope.CUSTOM_ID_MAX))).customId()).hasSize(Envelope.CUSTOM_ID_MAX);
		refused(line.formatted("x".repeat(Envelope.CUSTOM_ID_MAX + 1)), "invalid_custom_id");
	}

	@Test
	void refusesWhatIsNestedWithoutEnd() {
		refused("{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/embeddings\",\"body\":{\"x\":"
				+ "[".repeat(100_000), "invalid_json_line");
	}

	private static void refused(String line, String code) {
		assertThatExceptionOfType(InvalidLineException.class).isThrownBy(() -> read(line))
			.satisfies((ex) -> assertThat(ex.at(3).code()).isEqualTo(code))
			.satisfies((ex) -> assertThat(ex.at(3).line()).isEqualTo(3));
	}

	private static Envelope read(String line) throws InvalidLineException {
		byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
		return Envelope.read(bytes, bytes.length, URL);
	}

}
