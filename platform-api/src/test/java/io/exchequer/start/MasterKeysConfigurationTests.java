package io.exchequer.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import io.exchequer.registry.crypto.MasterKeys;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MasterKeysConfigurationTests {

	@TempDir
	private Path path;

	@Test
	void takesTheKeysThatAreGiven() {
		assertThat(keys(MasterKeys.generateEntry("given"), null).current().id()).isEqualTo("given");
	}

	@Test
	void keepsGeneratedKeysToTheirOwnerAndBetweenStarts() throws IOException {
		try (DataDirectory directory = DataDirectory.open(this.path)) {
			keys(null, directory);
		}
		Path file = this.path.resolve("master-keys");
		String generated = Files.readString(file);
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
		try (DataDirectory directory = DataDirectory.open(this.path)) {
			keys(null, directory);
		}
		assertThat(file).hasContent(generated);
	}

	@Test
	void refusesToWorkOnAnExternalDatabaseWithoutKeys() {
		assertThatExceptionOfType(StartException.class).isThrownBy(() -> keys(null, null))
			.withMessageContaining("EXCHEQUER_MASTER_KEYS is not set");
	}

	@Test
	void refusesKeysThatAreNone() {
		assertThatExceptionOfType(StartException.class).isThrownBy(() -> keys("k1:secret", null))
			.withMessageContaining("EXCHEQUER_MASTER_KEYS cannot be used")
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret"));
	}

	private static MasterKeys keys(@Nullable String given, @Nullable DataDirectory directory) {
		return MasterKeysConfiguration.masterKeys(new StartSettings(null, given, null, null, true, 2, 2), directory);
	}

}
