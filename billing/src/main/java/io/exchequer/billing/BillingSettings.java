package io.exchequer.billing;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How billing works; a value out of its range stops the start-up.
 *
 * @param leaseDuration how long a hold lives without a renewal before it settles at its
 * full amount; more than twice the renewal
 * @param renewal how old a lease may become before it is renewed
 * @param sweepInterval the pause between looks for what has expired
 * @param admitTimeout the longest an admission waits for the database
 * @param settleTimeout the longest a settlement waits before it goes on in the background
 * @param batchMax the most calls that share one transaction, 1 to 1,000
 * @param leaders how many transactions of a kind this process runs side by side, 1 to 16
 * @param pendingMax how many settlements may wait for the database before nothing more is
 * admitted, at least 1
 * @param decisionRetention how long decision records are kept, at least a day
 */
@ConfigurationProperties("exchequer.billing")
public record BillingSettings(@DefaultValue("60s") Duration leaseDuration, @DefaultValue("20s") Duration renewal,
		@DefaultValue("5s") Duration sweepInterval, @DefaultValue("5s") Duration admitTimeout,
		@DefaultValue("5s") Duration settleTimeout, @DefaultValue("128") int batchMax, @DefaultValue("1") int leaders,
		@DefaultValue("20000") int pendingMax, @DefaultValue("30d") Duration decisionRetention) {

	/** The settings of an installation that names none. */
	public static final BillingSettings DEFAULTS = new BillingSettings(Duration.ofSeconds(60), Duration.ofSeconds(20),
			Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5), 128, 1, 20_000, Duration.ofDays(30));

	public BillingSettings {
		positive("renewal", renewal);
		positive("sweep-interval", sweepInterval);
		positive("admit-timeout", admitTimeout);
		positive("settle-timeout", settleTimeout);
		require(leaseDuration.compareTo(renewal.multipliedBy(2)) > 0, "lease-duration",
				"must be more than twice exchequer.billing.renewal (" + renewal + ")", leaseDuration);
		require(leaseDuration.compareTo(admitTimeout) > 0, "lease-duration",
				"must be more than exchequer.billing.admit-timeout (" + admitTimeout + ")", leaseDuration);
		require(batchMax >= 1 && batchMax <= 1000, "batch-max", "must be 1 to 1000", batchMax);
		require(leaders >= 1 && leaders <= 16, "leaders", "must be 1 to 16", leaders);
		require(pendingMax >= 1, "pending-max", "must be at least 1", pendingMax);
		require(decisionRetention.compareTo(Duration.ofDays(1)) >= 0, "decision-retention", "must be at least a day",
				decisionRetention);
	}

	private static void positive(String name, Duration value) {
		require(value.isPositive(), name, "must be more than nothing", value);
	}

	private static void require(boolean condition, String name, String rule, Object value) {
		if (!condition) {
			throw new IllegalArgumentException("exchequer.billing." + name + " " + rule + ", not " + value);
		}
	}

}
