package io.exchequer.security;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How people sign in.
 *
 * @param sessionIdle a session ends after this long without a request, 1 minute to 24
 * hours
 * @param sessionLifetime a session ends this long after signing in whatever happens, up
 * to 7 days
 * @param metricsOpenToLoopback whether a request from the same host that shows no sign of
 * a proxy reads the metrics without a token; switch it off where a proxy on the same host
 * adds no forwarding header
 */
@ConfigurationProperties("exchequer.security")
public record SecuritySettings(@DefaultValue("30m") Duration sessionIdle, @DefaultValue("12h") Duration sessionLifetime,
		@DefaultValue("true") boolean metricsOpenToLoopback) {

	private static final Duration IDLE_MAX = Duration.ofHours(24);

	private static final Duration LIFETIME_MAX = Duration.ofDays(7);

	public SecuritySettings {
		if (sessionIdle.compareTo(Duration.ofMinutes(1)) < 0 || sessionIdle.compareTo(IDLE_MAX) > 0) {
			throw new IllegalArgumentException(
					"exchequer.security.session-idle is " + sessionIdle + ", and must be from PT1M to " + IDLE_MAX);
		}
		if (sessionLifetime.compareTo(sessionIdle) < 0 || sessionLifetime.compareTo(LIFETIME_MAX) > 0) {
			throw new IllegalArgumentException("exchequer.security.session-lifetime is " + sessionLifetime
					+ ", and must be from " + sessionIdle + " (session-idle) to " + LIFETIME_MAX);
		}
	}

}
