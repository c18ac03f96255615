package io.exchequer.security;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SignInThrottleTests {

	private final MovingClock clock = new MovingClock();

	private final SignInThrottle throttle = new SignInThrottle(this.clock);

	private void fail(int times, String account, String address) {
		for (int i = 0; i < times; i++) {
			this.throttle.failed(account, address);
		}
	}

	@Test
	void letsAttemptsThroughUpToTheLimitAndNoFurtherUntilTheWindowEnds() {
		fail(SignInThrottle.FAILURES_OF_PAIR - 1, "ann", "10.0.0.1");
		assertThat(this.throttle.wait("ann", "10.0.0.1")).isEmpty();
		fail(1, "ann", "10.0.0.1");
		assertThat(this.throttle.wait("ann", "10.0.0.1")).contains(SignInThrottle.WINDOW);
		this.clock.now = this.clock.now.plus(SignInThrottle.WINDOW).minusMillis(1);
		assertThat(this.throttle.wait("ann", "10.0.0.1")).contains(Duration.ofMillis(1));
		this.clock.now = this.clock.now.plusMillis(1);
		assertThat(this.throttle.wait("ann", "10.0.0.1")).isEmpty();
	}

	@Test
	void keepsAnAccountOpenForOtherAddresses() {
		fail(SignInThrottle.FAILURES_OF_PAIR, "ann", "10.0.0.1");
		assertThat(this.throttle.wait("ann", "10.0.0.2")).isEmpty();
		assertThat(this.throttle.wait("bob", "10.0.0.1")).isEmpty();
	}

	@Test
	void slowsAnAddressThatTriesManyAccounts() {
		for (int i = 0; i < SignInThrottle.FAILURES_OF_ADDRESS; i++) {
			this.throttle.failed("user" + i, "10.0.0.1");
		}
		assertThat(this.throttle.wait("ann", "10.0.0.1")).isPresent();
	}

	@Test
	void slowsAnAccountThatManyAddressesTry() {
		for (int i = 0; i < SignInThrottle.FAILURES_OF_ACCOUNT; i++) {
			this.throttle.failed("ann", "10.0.0." + i);
		}
		assertThat(this.throttle.wait("ann", "10.1.0.1")).isPresent();
	}

	@Test
	void forgetsFailuresAfterSuccess() {
		fail(SignInThrottle.FAILURES_OF_PAIR - 1, "ann", "10.0.0.1");
		this.throttle.succeeded("ann", "10.0.0.1");
		fail(1, "ann", "10.0.0.1");
		assertThat(this.throttle.wait("ann", "10.0.0.1")).isEmpty();
	}

	private static final class MovingClock extends Clock {

		private Instant now = Instant.parse("2026-03-01T12:00:00Z");

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

		@Override
		public Instant instant() {
			return this.now;
		}

	}

}
