package io.exchequer.routing.wire;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bound against what servers really write: every character that anybody escapes as an
 * escape, each element on an indented line, and the members that Ollama's types add.
 */
class RenderedSizeTests {

	private static final String[] PIECES = { "<", "&", ">>", "'", "plain words", "\\n", "\\\"", "\\\\", "\\/", "/",
			"\\u003c", "\u00fc", "\u4e2d", "\ud83d\ude00", "+", "`", "\u007f", "1.5e9", "{", "]", ",", ":", "\\t" };

	private static final String[] NUMBERS = { "1", "-7", "1e20", "1.5", "0.1e-4", "2E15", "12345678901234567890" };

	private final Random random = new Random(7);

	@ParameterizedTest
	@ValueSource(strings = { "[{\"description\":\"<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<\"}]",
			"[[[[[[[[[[[[[[[[[[[[[[1,1,1,1,1,1,1,1]]]]]]]]]]]]]]]]]]]]]]",
			"{\"a\":{},\"b\":{},\"c\":{\"d\":[{},{},{}]}}", "[1e20,1e20,1e20,1e20]", "\"\u00fc\u00fc\u00fc\u00fc\"",
			"[]", "{}", "null", "\"\"" })
	void boundsWhatIsWrittenMostWastefully(String json) {
		assertBounded(json);
	}

	@Test
	void boundsWhateverIsRead() {
		for (int i = 0; i < 2000; i++) {
			assertBounded(value(0));
		}
	}

	@Test
	void boundsTheArgumentsOfCallsThatAreParsedAndWrittenAnew() {
		for (int i = 0; i < 2000; i++) {
			String arguments = value(1);
			byte[] calls = ("[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
					+ JsonMapper.shared().writeValueAsString(arguments) + "}}]")
				.getBytes(StandardCharsets.UTF_8);
			String parsed = "[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
					+ arguments + "}}]";
			assertThat(RenderedSize.ofCalls(calls, 0, calls.length)).as(parsed)
				.isGreaterThanOrEqualTo(wasteful(parsed).length());
		}
	}

	@Test
	void staysCloseToTheBytesOfPlainText() {
		byte[] text = ('"' + "plain words without a sign ".repeat(100) + '"').getBytes(StandardCharsets.UTF_8);
		assertThat(RenderedSize.ofValues(text, 0, text.length)).isEqualTo(text.length);
	}

	private static void assertBounded(String json) {
		byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
		assertThat(RenderedSize.ofValues(bytes, 0, bytes.length)).as(json)
			.isGreaterThanOrEqualTo(wasteful(json).length());
	}

	private static String wasteful(String json) {
		StringBuilder out = new StringBuilder();
		write(out, JsonMapper.shared().readTree(json), 0);
		return out.toString();
	}

	private static void write(StringBuilder out, JsonNode value, int depth) {
		if (value.isObject()) {
			out.append("{\"type\":\"\",\"description\":\"\",\"items\":null,");
			for (Map.Entry<String, JsonNode> member : value.properties()) {
				line(out, depth + 1);
				text(out, member.getKey());
				out.append(": ");
				write(out, member.getValue(), depth + 1);
				out.append(',');
			}
			line(out, depth);
			out.append('}');
		}
		else if (value.isArray()) {
			out.append('[');
			for (int i = 0; i < value.size(); i++) {
				line(out, depth + 1);
				write(out, value.get(i), depth + 1);
				out.append((i + 1 < value.size()) ? "," : "");
			}
			line(out, depth);
			out.append(']');
		}
		else if (value.isString()) {
			text(out, value.stringValue());
		}
		else {
			out.append(value.isNumber() ? value.decimalValue().toPlainString() : value.toString());
		}
	}

	private static void line(StringBuilder out, int depth) {
		out.append('\n').append("    ".repeat(depth));
	}

	private static void text(StringBuilder out, String text) {
		out.append('"');
		for (char c : text.toCharArray()) {
			if (c < ' ' || c >= 0x7f || "<>&'\"+`\\".indexOf(c) >= 0) {
				out.append("\\u%04x".formatted((int) c));
			}
			else if (c == '/') {
				out.append("\\/");
			}
			else {
				out.append(c);
			}
		}
		out.append('"');
	}

	private String value(int depth) {
		int kind = this.random.nextInt((depth < 6) ? 5 : 2);
		StringBuilder out = new StringBuilder();
		switch (kind) {
			case 0 -> out.append(NUMBERS[this.random.nextInt(NUMBERS.length)]);
			case 1 -> quoted(out);
			case 2 -> out.append((this.random.nextInt(2) == 0) ? "null" : "true");
			case 3 -> {
				out.append('[');
				int count = this.random.nextInt(4);
				for (int i = 0; i < count; i++) {
					out.append((i > 0) ? "," : "").append(value(depth + 1));
				}
				out.append(']');
			}
			default -> {
				out.append('{');
				int count = this.random.nextInt(4);
				for (int i = 0; i < count; i++) {
					out.append((i > 0) ? ",\"" : "\"").append(i).append("\":").append(value(depth + 1));
				}
				out.append('}');
			}
		}
		return out.toString();
	}

	private void quoted(StringBuilder out) {
		out.append('"');
		for (int i = this.random.nextInt(6); i > 0; i--) {
			out.append(PIECES[this.random.nextInt(PIECES.length)]);
		}
		out.append('"');
	}

}
