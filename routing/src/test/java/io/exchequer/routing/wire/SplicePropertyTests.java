package io.exchequer.routing.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random bodies: whatever surrounds the members that change arrives byte for byte.
 */
class SplicePropertyTests {

	private final Random random = new Random(20261122);

	@Test
	void leavesEveryOtherByteOfRandomBodies() throws Exception {
		for (int round = 0; round < 3000; round++) {
			List<String> before = new ArrayList<>();
			List<String> after = new ArrayList<>();
			both(before, after, '"' + "model" + '"' + space() + ':' + space() + "\"client-model\"", "client-model",
					"up/stream");
			both(before, after, "\"max_tokens\"" + space() + ':' + space() + "777" + space(), "777", "42");
			both(before, after, "\"stream_options\":{" + space() + "\"include_usage\":" + space() + "false}", "false",
					"true");
			same(before, after, "\"stream\":true");
			same(before, after, "\"messages\":[{\"role\":\"user\",\"content\":" + text() + "}]");
			int unknown = this.random.nextInt(6);
			for (int i = 0; i < unknown; i++) {
				same(before, after, "\"u" + i + text().substring(1) + space() + ':' + space() + value(0));
			}
			List<Integer> order = new ArrayList<>();
			for (int i = 0; i < before.size(); i++) {
				order.add(i);
			}
			Collections.shuffle(order, this.random);
			byte[] body = object(before, order).getBytes(StandardCharsets.UTF_8);
			RequestDocument request = OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, body, body.length);
			assertThat(RequestDocumentTests.spliced(request, "up/stream", 42, WireDialect.COMPATIBLE))
				.isEqualTo(object(after, order));
			assertThat(new String(body, StandardCharsets.UTF_8)).isEqualTo(object(before, order));
		}
	}

	private static void both(List<String> before, List<String> after, String member, String from, String to) {
		before.add(member);
		after.add(member.replace(from, to));
	}

	private static void same(List<String> before, List<String> after, String member) {
		before.add(member);
		after.add(member);
	}

	private static String object(List<String> members, List<Integer> order) {
		StringBuilder json = new StringBuilder(" {\n");
		for (int i = 0; i < order.size(); i++) {
			json.append((i > 0) ? " ,\t" : "").append(members.get(order.get(i)));
		}
		return json.append("}\r\n").toString();
	}

	private String space() {
		return " \n\t\r ".substring(0, this.random.nextInt(6));
	}

	private String value(int depth) {
		return switch (this.random.nextInt((depth > 4) ? 6 : 8)) {
			case 0 -> "null";
			case 1 -> "true";
			case 2 -> Long.toString(this.random.nextLong());
			case 3 -> this.random.nextInt() + ".5e-3";
			case 4, 5 -> text();
			case 6 -> "[" + value(depth + 1) + space() + "," + value(depth + 1) + "]";
			default -> "{\"a\":" + value(depth + 1) + ",\"b\"" + space() + ":" + value(depth + 1) + "}";
		};
	}

	private String text() {
		StringBuilder text = new StringBuilder("\"");
		String[] pieces = { "a", "model", "\\\"model\\\":\\\"x\\\"", "\\\\", "\\n", "\\u00e9", "\u00e9", "\u4e2d",
				"\ud83d\ude00", "\\ud83d\\ude00", "{", "}", "[", "777", "false", ":", ",", "/", "\\/" };
		int count = this.random.nextInt(30);
		for (int i = 0; i < count; i++) {
			text.append(pieces[this.random.nextInt(pieces.length)]);
		}
		return text.append('"').toString();
	}

}
