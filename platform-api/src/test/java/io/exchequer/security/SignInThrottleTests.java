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

	/** Begins attempts and lets them fail, or go on: both count. */
	private void begin(int times, String account, String address) {
		for (int i = 0; i < times; i++) {
			assertThat(this.throttle.begin(account, address)).isEmpty();
		}
	}

	@Test
	void letsAttemptsThroughUpToTheLimitAndNoFurtherUntilTheWindowEnds() {
		begin(SignInThrottle.FAILURES_OF_PAIR, "ann", "10.0.0.1");
		assertThat(this.throttle.begin("ann", "10.0.0.1")).contains(SignInThrottle.WINDOW);
		this.clock.now = this.clock.now.plus(SignInThrottle.WINDOW).minusMillis(1);
		assertThat(this.throttle.begin("ann", "10.0.0.1")).contains(Duration.ofMillis(1));
		this.clock.now = this.clock.now.plusMillis(1);
		assertThat(this.throttle.begin("ann", "10.0.0.1")).isEmpty();
	}

	@Test
	void countsAnAttemptFromItsBeginning() {
		begin(SignInThrottle.FAILURES_OF_PAIR, "ann", "10.0.0.1");
		assertThat(this.throttle.begin("ann", "10.0.0.1")).isPresent();
		this.throttle.giveBack("ann", "10.0.0.1");
		assertThat(this.throttle.begin("ann", "10.0.0.1")).isEmpty();
		assertThat(this.throttle.begin("ann", "10.0.0.1")).isPresent();
	}

	@Test
	void keepsAnAccountOpenForOtherAddresses() {
		begin(SignInThrottle.FAILURES_OF_PAIR, "ann", "10.0.0.1");
		assertThat(this.throttle.begin("ann", "10.0.0.2")).isEmpty();
		assertThat(this.throttle.begin("bob", "10.0.0.1")).isEmpty();
	}

	@Test
	void slowsAnAddressThatTriesManyAccounts() {
		for (int i = 0; i < SignInThrottle.FAILURES_OF_ADDRESS; i++) {
			begin(1, "user" + i, "10.0.0.1");
		}
		assertThat(this.throttle.begin("ann", "10.0.0.1")).isPresent();
	}

	@Test
	void slowsAnAccountThatManyAddressesTry() {
		for (int i = 0; i < SignInThrottle.FAILURES_OF_ACCOUNT; i++) {
			begin(1, "ann", "10.0.0." + i);
		}
		assertThat(this.throttle.begin("ann", "10.1.0.1")).isPresent();
	}

	@Test
	void forgetsThePairsFailuresAfterSuccess() {
		begin(SignInThrottle.FAILURES_OF_PAIR, "ann", "10.0.0.1");
		this.throttle.succeeded("ann", "10.0.0.1");
		begin(SignInThrottle.FAILURES_OF_PAIR, "ann", "10.0.0.1");
		assertThat(this.throttle.begin("ann", "10.0.0.1")).isPresent();
	}

	@Test
	void countsNoSuccessAgainstAnAccountOrAnAddress() {
		for (int i = 0; i <= SignInThrottle.FAILURES_OF_ACCOUNT; i++) {
			begin(1, "ann", "10.0.0.1");
			this.throttle.succeeded("ann", "10.0.0.1");
		}
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
