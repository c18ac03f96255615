package io.exchequer.configuration;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How this replica keeps its configuration confirmed.
 *
 * @param staleness without a confirmation for longer than this, requests are answered
 * with 503; longer than the poll
 * @param poll how often the version is confirmed even where no change was announced; 10
 * ms to 1 s, so that a change is never later than the platform promises
 */
@ConfigurationProperties("exchequer.configuration")
record ConfigurationSettings(@DefaultValue("10s") Duration staleness, @DefaultValue("500ms") Duration poll) {

	private static final Duration SHORTEST_POLL = Duration.ofMillis(10);

	private static final Duration LONGEST_POLL = Duration.ofSeconds(1);

	ConfigurationSettings {
		if (poll.compareTo(SHORTEST_POLL) < 0 || poll.compareTo(LONGEST_POLL) > 0) {
			throw new IllegalArgumentException(
					"exchequer.configuration.poll is " + poll.toMillis() + "ms; it must be from 10ms to 1s");
		}
		if (staleness.compareTo(poll) <= 0) {
			throw new IllegalArgumentException("exchequer.configuration.staleness is " + staleness.toMillis()
					+ "ms; it must be longer than the poll of " + poll.toMillis() + "ms");
		}
	}

}
