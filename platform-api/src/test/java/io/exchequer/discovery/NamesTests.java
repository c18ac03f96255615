package io.exchequer.discovery;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class NamesTests {

	@ParameterizedTest
	@CsvSource({ "llama3.2:3b, llama3.2:3b", "Qwen/Qwen2.5-7B-Instruct, Qwen/Qwen2.5-7B-Instruct",
			"/models/phi-4-Q4_K_M.gguf, phi-4-Q4_K_M", "models/phi-4.gguf, phi-4", "C:\\models\\phi 4.gguf, phi-4",
			"/adapters/support, support", "my model (new), my-model-new-" })
	void callsAModelAsItsServerDoesAndAFileByItsName(String id, String name) {
		assertThat(Names.model(id)).contains(name);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "auto", "Auto", "a//b", "a/../b", "./a", "a/", ".gguf",
			"01234567-89ab-cdef-0123-456789abcdef" })
	void makesNoNameThatTheRegistryWouldNotTake(String id) {
		assertThat(Names.model(id)).isEmpty();
	}

	@Test
	void takesNamesOfUpTo128Characters() {
		assertThat(Names.model("a".repeat(128))).contains("a".repeat(128));
		assertThat(Names.model("a".repeat(129))).isEmpty();
	}

	@Test
	void showsAServersTextShortAndPlain() {
		assertThat(Names.shown("a\nb\u001b[31m")).isEqualTo("a?b?[31m");
		assertThat(Names.shown("a".repeat(64))).hasSize(64);
		assertThat(Names.shown("a".repeat(65))).isEqualTo("a".repeat(64) + "...");
	}

}
