package io.exchequer.registry.crypto;

import java.util.Base64;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MasterKeysTests {

	private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);

	@Test
	void takesTheFirstEntryAsCurrent() {
		MasterKeys keys = MasterKeys.parse("2026b:" + KEY + ", 2026a:" + KEY);
		assertThat(keys.current().id()).isEqualTo("2026b");
		assertThat(keys.all()).extracting(MasterKey::id).containsExactly("2026b", "2026a");
		assertThat(keys.byId("2026a")).isPresent();
		assertThat(keys.byId("2025")).isEmpty();
	}

	@Test
	void readsWhatItGenerates() {
		String entry = MasterKeys.generateEntry("first");
		assertThat(MasterKeys.parse(entry).current().id()).isEqualTo("first");
		assertThat(MasterKeys.generateEntry("first")).isNotEqualTo(entry);
	}

	@Test
	void namesEveryBadEntryAndShowsNoKey() {
		String shortKey = Base64.getEncoder().encodeToString(new byte[31]);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> MasterKeys
				.parse("a:" + KEY + ",a:" + KEY + ",b:" + shortKey + ",c:%%%,,bareKeyHere=," + KEY + ":d"))
			.withMessageContaining("entry 2 (a) repeats an id")
			.withMessageContaining("entry 3 (b) has 31 bytes")
			.withMessageContaining("entry 4 (c) is not base64")
			.withMessageContaining("entry 5 is empty")
			.withMessageContaining("entry 6 has no colon")
			.withMessageContaining("entry 7 has no valid id")
			.withMessageNotContaining(KEY)
			.withMessageNotContaining(shortKey)
			.withMessageNotContaining("bareKeyHere");
	}

	@Test
	void refusesAnEmptyList() {
		assertThatIllegalArgumentException().isThrownBy(() -> MasterKeys.parse(""))
			.withMessageContaining("entry 1 is empty");
	}

	@Test
	void showsNoKeyInItsTextForm() {
		MasterKeys keys = MasterKeys.parse("a:" + KEY);
		assertThat(keys).hasToString("MasterKeys[a]");
		assertThat(keys.current()).hasToString("MasterKey[a]");
	}

}
