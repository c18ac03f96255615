package io.exchequer.routing.wire;

import java.nio.charset.StandardCharsets;

import io.exchequer.routing.wire.JsonCursor.MalformedJsonException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class JsonCursorTests {

	@ParameterizedTest
	@ValueSource(strings = { "{}", "[]", " [ ] ", "{\"a\":1,\"b\":[true,false,null]}", "-0", "1.5e+10", "0.1E-2",
			"\"\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00Ff\"", "\"\u00e9\ud83d\ude00\"", "[[[[{\"a\":{}}]]]]",
			"{\"a\":\"]\"}" })
	void passesJson(String json) {
		assertThatCode(() -> pass(json)).doesNotThrowAnyException();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "{", "}", "[", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{\"a\" 1}", "[1 2]", "01",
			"1.", ".5", "1e", "-", "+1", "tru", "nulL", "True", "\"", "\"\\x\"", "\"\\u12G4\"", "\"\\u12", "\"\n\"",
			"{} {}", "[,1]", "{,}", "\"a\" b", "[\"a\":1]", "{\"a\",1}", "\u0000" })
	void refusesWhatIsNoJson(String json) {
		assertThatExceptionOfType(MalformedJsonException.class).isThrownBy(() -> pass(json));
	}

	private static void pass(String json) throws MalformedJsonException {
		byte[] bytes = ("x" + json + "y").getBytes(StandardCharsets.UTF_8);
		JsonCursor cursor = new JsonCursor();
		cursor.reset(bytes, 1, bytes.length - 2);
		cursor.skipValue();
		cursor.finish();
	}

}
