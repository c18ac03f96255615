package io.exchequer.registry;

import java.time.Instant;
import java.time.LocalDate;

import io.exchequer.registry.Lifecycle.Stage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LifecycleTests {

	@Test
	void retiresAtTheBeginningOfTheDayInUtc() {
		Lifecycle lifecycle = new Lifecycle(Stage.DEPRECATED, "next", LocalDate.of(2027, 1, 1));
		assertThat(lifecycle.retired(Instant.parse("2026-12-31T23:59:59.999Z"))).isFalse();
		assertThat(lifecycle.retired(Instant.parse("2027-01-01T00:00:00Z"))).isTrue();
	}

	@Test
	void retiresByItsStageWhateverTheDate() {
		assertThat(new Lifecycle(Stage.RETIRED, null, null).retired(Instant.EPOCH)).isTrue();
		assertThat(new Lifecycle(Stage.RETIRED, null, LocalDate.MAX).retired(Instant.EPOCH)).isTrue();
		assertThat(Lifecycle.ACTIVE.retired(Instant.MAX)).isFalse();
	}

}
