package io.exchequer.registry.crypto;

import java.util.HexFormat;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class KeyHasherTests {

	private static final String OLD = MasterKeys.generateEntry("old");

	private static final String NEW = MasterKeys.generateEntry("new");

	@Test
	void hashesTheSameSecretToTheSameValue() {
		KeyHasher hasher = new KeyHasher(MasterKeys.parse(OLD));
		assertThat(hasher.hash("exq-1")).isEqualTo(hasher.hash("exq-1")).hasSameHashCodeAs(hasher.hash("exq-1"));
		assertThat(hasher.hash("exq-1")).isNotEqualTo(hasher.hash("exq-2"));
		assertThat(hasher.hash("exq-1").bytes()).hasSize(32);
		assertThat(hasher.hash("")).isNotNull();
	}

	@Test
	void dependsOnTheMasterKey() {
		KeyHash one = new KeyHasher(MasterKeys.parse(MasterKeys.generateEntry("a"))).hash("exq-1");
		KeyHash two = new KeyHasher(MasterKeys.parse(MasterKeys.generateEntry("a"))).hash("exq-1");
		assertThat(one).isNotEqualTo(two);
	}

	@Test
	void keepsItsValueFromReleaseToRelease() {
		// HKDF-SHA-256 of 32 zero bytes, no salt, info "exchequer/key-hash", then HMAC:
		// computed apart from this code.
		MasterKeys keys = MasterKeys.parse("z:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
		assertThat(HexFormat.of().formatHex(new KeyHasher(keys).hash("exq-test").bytes()))
			.isEqualTo("db55b7db7535920746e8df039638c202c8e115c9127fd9e53861d54473d1333b");
	}

	@Test
	void findsASecretStoredUnderAnOlderKey() {
		KeyHash stored = new KeyHasher(MasterKeys.parse(OLD)).hash("exq-1");
		KeyHasher rotated = new KeyHasher(MasterKeys.parse(NEW + "," + OLD));
		assertThat(rotated.hashes("exq-1")).hasSize(2).contains(stored).first().isEqualTo(rotated.hash("exq-1"));
		assertThat(rotated.isCurrent(stored)).isFalse();
		assertThat(rotated.isCurrent(rotated.hash("exq-1"))).isTrue();
	}

	@Test
	void equalsWhatWasStored() {
		KeyHash hash = new KeyHasher(MasterKeys.parse(OLD)).hash("exq-1");
		assertThat(new KeyHash("old", hash.bytes())).isEqualTo(hash);
		assertThat(new KeyHash("new", hash.bytes())).isNotEqualTo(hash);
		assertThatIllegalArgumentException().isThrownBy(() -> new KeyHash("old", new byte[31]));
	}

}
