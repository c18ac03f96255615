package io.exchequer.registry.crypto;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.exchequer.registry.crypto.SecretBox.Sealed;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class SecretBoxTests {

	private static final String OLD = MasterKeys.generateEntry("old");

	private static final String NEW = MasterKeys.generateEntry("new");

	private static final byte[] SECRET = "sk-not-a-real-secret".getBytes(StandardCharsets.UTF_8);

	private static final String PLACE = "provider_credential/1";

	private final SecretBox box = new SecretBox(MasterKeys.parse(OLD));

	@Test
	void opensWhatItSealed() {
		Sealed sealed = this.box.seal(SECRET, PLACE);
		assertThat(sealed.keyId()).isEqualTo("old");
		assertThat(this.box.open(sealed, PLACE)).isEqualTo(SECRET);
		assertThat(this.box.open(this.box.seal(new byte[0], PLACE), PLACE)).isEmpty();
	}

	@Test
	void sealsTheSameSecretDifferentlyEachTime() {
		assertThat(this.box.seal(SECRET, PLACE)).isNotEqualTo(this.box.seal(SECRET, PLACE));
	}

	@Test
	void showsNothingOfTheSecret() {
		Sealed sealed = this.box.seal(SECRET, PLACE);
		assertThat(new String(sealed.bytes(), StandardCharsets.ISO_8859_1)).doesNotContain("not-a-real");
		assertThat(sealed).hasToString("Sealed[old, " + (12 + SECRET.length + 16) + " bytes]");
	}

	@Test
	void refusesASecretWithAnyBitChanged() {
		byte[] bytes = this.box.seal(SECRET, PLACE).bytes();
		for (int bit = 0; bit < bytes.length * 8; bit++) {
			byte[] changed = bytes.clone();
			changed[bit / 8] ^= (byte) (1 << (bit % 8));
			assertThatExceptionOfType(UnreadableSecretException.class)
				.isThrownBy(() -> this.box.open(new Sealed("old", changed), PLACE))
				.withMessageContaining(PLACE);
		}
	}

	@Test
	void refusesASecretCutAtAnyLength() {
		byte[] bytes = this.box.seal(SECRET, PLACE).bytes();
		for (int length = 0; length < bytes.length; length++) {
			Sealed cut = new Sealed("old", Arrays.copyOf(bytes, length));
			assertThatExceptionOfType(UnreadableSecretException.class).isThrownBy(() -> this.box.open(cut, PLACE));
		}
	}

	@Test
	void refusesASecretMovedToAnotherPlace() {
		Sealed sealed = this.box.seal(SECRET, PLACE);
		assertThatExceptionOfType(UnreadableSecretException.class)
			.isThrownBy(() -> this.box.open(sealed, "provider_credential/2"));
	}

	@Test
	void opensUnderAnOlderKeyAndSealsUnderTheCurrentOne() {
		Sealed sealed = this.box.seal(SECRET, PLACE);
		SecretBox rotated = new SecretBox(MasterKeys.parse(NEW + "," + OLD));
		assertThat(rotated.isCurrent(sealed)).isFalse();
		assertThat(rotated.open(sealed, PLACE)).isEqualTo(SECRET);
		Sealed anew = rotated.seal(SECRET, PLACE);
		assertThat(anew.keyId()).isEqualTo("new");
		assertThat(rotated.isCurrent(anew)).isTrue();
	}

	@Test
	void namesTheMasterKeyThatIsMissing() {
		Sealed sealed = this.box.seal(SECRET, PLACE);
		assertThatExceptionOfType(UnreadableSecretException.class)
			.isThrownBy(() -> new SecretBox(MasterKeys.parse(NEW)).open(sealed, PLACE))
			.withMessage("provider_credential/1 is encrypted under master key \"old\", which is not configured");
	}

	@Test
	void refusesAnotherKeyUnderTheSameId() {
		Sealed sealed = this.box.seal(SECRET, PLACE);
		SecretBox other = new SecretBox(MasterKeys.parse(MasterKeys.generateEntry("old")));
		assertThatExceptionOfType(UnreadableSecretException.class).isThrownBy(() -> other.open(sealed, PLACE));
	}

}
