package io.exchequer.batch;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class ContentKeyTests {

	private static final byte[] PLAIN = "what was sealed".getBytes(StandardCharsets.UTF_8);

	private final ContentKey key = ContentKey.generate();

	@Test
	void opensWhatItSealedInItsPlace() {
		byte[] sealed = this.key.seal(PLAIN, 5, 3, "here");
		assertThat(this.key.open(sealed, "here")).asString(StandardCharsets.UTF_8).isEqualTo("was");
		assertThat(ContentKey.of(this.key.bytes()).open(sealed, "here")).hasSize(3);
		assertThat(this.key.open(this.key.seal(PLAIN, 0, 0, "here"), "here")).isEmpty();
	}

	@Test
	void sealsTheSameDifferentlyEachTime() {
		assertThat(this.key.seal(PLAIN, 0, PLAIN.length, "here"))
			.isNotEqualTo(this.key.seal(PLAIN, 0, PLAIN.length, "here"));
	}

	@Test
	void opensNothingThatWasMovedOrChanged() {
		byte[] sealed = this.key.seal(PLAIN, 0, PLAIN.length, "here");
		assertThatIllegalStateException().isThrownBy(() -> this.key.open(sealed, "there"));
		assertThatIllegalStateException().isThrownBy(() -> ContentKey.generate().open(sealed, "here"));
		sealed[20] ^= 1;
		assertThatIllegalStateException().isThrownBy(() -> this.key.open(sealed, "here"));
	}

}
