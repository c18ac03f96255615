package io.exchequer.batch;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BatchSettingsTests {

	@Test
	void hasDefaults() {
		assertThat(bind(Map.of())).isEqualTo(new BatchSettings(DataSize.ofMegabytes(200), DataSize.ofGigabytes(20),
				10_000, Duration.ofMinutes(10), 8, Duration.ofDays(30), 50_000, DataSize.ofMegabytes(8), 100, 100,
				Duration.ofHours(24), 4, 10, Duration.ofSeconds(30), Duration.ofSeconds(1)));
	}

	@Test
	void readsEveryKey() {
		Map<String, String> values = new HashMap<>();
		values.put("file-max", "1MB");
		values.put("tenant-max", "2MB");
		values.put("tenant-files-max", "3");
		values.put("upload-timeout", "4s");
		values.put("uploads-max", "5");
		values.put("retention", "6h");
		values.put("requests-max", "7");
		values.put("line-max", "8KB");
		values.put("errors-max", "9");
		values.put("batches-max", "10");
		values.put("window", "11h");
		values.put("concurrency", "12");
		values.put("tries-max", "13");
		values.put("lease", "14s");
		values.put("poll", "15ms");
		assertThat(bind(values)).isEqualTo(new BatchSettings(DataSize.ofMegabytes(1), DataSize.ofMegabytes(2), 3,
				Duration.ofSeconds(4), 5, Duration.ofHours(6), 7, DataSize.ofKilobytes(8), 9, 10, Duration.ofHours(11),
				12, 13, Duration.ofSeconds(14), Duration.ofMillis(15)));
	}

	@ParameterizedTest
	@CsvSource({ "file-max, 1B", "file-max, 5GB", "tenant-max, 199MB", "tenant-files-max, 0", "upload-timeout, 0s",
			"uploads-max, 0", "retention, 59m", "retention, 4000d", "requests-max, 0", "line-max, 1B", "line-max, 65MB",
			"errors-max, 0", "errors-max, 1001", "batches-max, 0", "window, 0s", "concurrency, -1", "concurrency, 1001",
			"tries-max, 0", "tries-max, 101", "lease, 999ms", "poll, 0s" })
	void refusesWhatIsOutOfItsRange(String key, String value) {
		assertThatThrownBy(() -> bind(Map.of(key, value))).hasRootCauseInstanceOf(IllegalArgumentException.class)
			.rootCause()
			.hasMessageContaining("exchequer.batch." + key);
	}

	private static BatchSettings bind(Map<String, String> values) {
		Map<String, String> properties = new HashMap<>();
		values.forEach((key, value) -> properties.put("exchequer.batch." + key, value));
		return new Binder(new MapConfigurationPropertySource(properties)).bindOrCreate("exchequer.batch",
				BatchSettings.class);
	}

}
