package io.exchequer.batch;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How files and batches are kept and run; a value out of its range stops the start-up.
 *
 * @param fileMax the longest file, 1 kB to 4 GB
 * @param tenantMax what all files of a tenant may take together, at least the longest
 * file; results of batches count, but are never refused
 * @param tenantFilesMax how many files a tenant may keep, at least 1
 * @param uploadTimeout the longest a client may take to send a file
 * @param uploadsMax how many files each process takes at once, at least 1; beyond it is
 * 503
 * @param retention how long a file is kept that was given no time of its own, and how
 * long an ended batch is remembered; an hour to ten years
 * @param requestsMax the most requests in a batch, 1 to 10,000,000
 * @param lineMax the longest line of a batch's input, 1 kB to 64 MB
 * @param errorsMax the most errors that are told of an invalid input, 1 to 1,000: what
 * comes after them is not read
 * @param batchesMax how many batches of a tenant may be unfinished at a time, at least 1;
 * beyond it is 429
 * @param window how long a batch may take before it expires
 * @param concurrency how many requests of batches each process runs at once, 0 to 1,000;
 * 0 leaves batches to other replicas
 * @param triesMax how often a request is tried that met passing failures and cost
 * nothing, 1 to 100; the pause doubles each time, from a second to five minutes
 * @param lease how long work whose process has died waits for another; at least a second
 * @param poll how often a process looks for work that others left, at least a millisecond
 */
@ConfigurationProperties("exchequer.batch")
public record BatchSettings(@DefaultValue("200MB") DataSize fileMax, @DefaultValue("20GB") DataSize tenantMax,
		@DefaultValue("10000") int tenantFilesMax, @DefaultValue("10m") Duration uploadTimeout,
		@DefaultValue("8") int uploadsMax, @DefaultValue("30d") Duration retention,
		@DefaultValue("50000") int requestsMax, @DefaultValue("8MB") DataSize lineMax,
		@DefaultValue("100") int errorsMax, @DefaultValue("100") int batchesMax, @DefaultValue("24h") Duration window,
		@DefaultValue("4") int concurrency, @DefaultValue("10") int triesMax, @DefaultValue("30s") Duration lease,
		@DefaultValue("1s") Duration poll) {

	public BatchSettings {
		size("file-max", fileMax, DataSize.ofKilobytes(1), DataSize.ofGigabytes(4));
		require(tenantMax.compareTo(fileMax) >= 0, "tenant-max", "must be at least file-max (" + fileMax + ")",
				tenantMax);
		require(tenantFilesMax >= 1, "tenant-files-max", "must be at least 1", tenantFilesMax);
		require(uploadTimeout.isPositive(), "upload-timeout", "must be positive", uploadTimeout);
		require(uploadsMax >= 1, "uploads-max", "must be at least 1", uploadsMax);
		require(retention.compareTo(Duration.ofHours(1)) >= 0 && retention.compareTo(Duration.ofDays(3660)) <= 0,
				"retention", "must be an hour to ten years", retention);
		range("requests-max", requestsMax, 1, 10_000_000);
		size("line-max", lineMax, DataSize.ofKilobytes(1), DataSize.ofMegabytes(64));
		range("errors-max", errorsMax, 1, 1_000);
		require(batchesMax >= 1, "batches-max", "must be at least 1", batchesMax);
		require(window.isPositive(), "window", "must be positive", window);
		range("concurrency", concurrency, 0, 1_000);
		range("tries-max", triesMax, 1, 100);
		require(lease.compareTo(Duration.ofSeconds(1)) >= 0, "lease", "must be at least a second", lease);
		require(poll.toMillis() >= 1, "poll", "must be at least a millisecond", poll);
	}

	private static void range(String name, int value, int least, int most) {
		require(value >= least && value <= most, name, "must be " + least + " to " + most, value);
	}

	private static void size(String name, DataSize value, DataSize least, DataSize most) {
		require(value.compareTo(least) >= 0 && value.compareTo(most) <= 0, name, "must be " + least + " to " + most,
				value);
	}

	private static void require(boolean condition, String name, String rule, Object value) {
		if (!condition) {
			throw new IllegalArgumentException("exchequer.batch." + name + " " + rule + ", not " + value);
		}
	}

}
