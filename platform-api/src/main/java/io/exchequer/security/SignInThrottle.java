package io.exchequer.security;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * Slows down the guessing of passwords: failures count for an account from one address,
 * for an account from anywhere, and for an address. An attempt counts as failed from its
 * beginning until it is known to have succeeded, so that many at once are no more than as
 * many one after another. Its memory is bounded: what was not seen for longest is
 * forgotten first. Thread-safe.
 */
final class SignInThrottle {

	static final int FAILURES_OF_PAIR = 5;

	static final int FAILURES_OF_ACCOUNT = 50;

	static final int FAILURES_OF_ADDRESS = 50;

	static final Duration WINDOW = Duration.ofMinutes(15);

	private static final int REMEMBERED_MAX = 20_000;

	private final Clock clock;

	private final Map<String, Failures> failures = new LinkedHashMap<>(16, 0.75f, true) {

		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
			return size() > REMEMBERED_MAX;
		}

	};

	SignInThrottle(Clock clock) {
		this.clock = clock;
	}

	/**
	 * Begins an attempt.
	 * @return how long to wait before it, or empty where it may go on; one that may not
	 * is not counted
	 */
	synchronized Optional<Duration> begin(String account, String address) {
		Instant now = this.clock.instant();
		Optional<Duration> wait = Optional
			.ofNullable(latest(
					latest(until(pair(account, address), FAILURES_OF_PAIR),
							until("account " + account, FAILURES_OF_ACCOUNT)),
					until("address " + address, FAILURES_OF_ADDRESS)))
			.filter(now::isBefore)
			.map((until) -> Duration.between(now, until));
		if (wait.isEmpty()) {
			count(pair(account, address));
			count("account " + account);
			count("address " + address);
		}
		return wait;
	}

	/** Takes an attempt back that did not fail, and what failed of the pair before. */
	synchronized void succeeded(String account, String address) {
		giveBack(account, address);
		this.failures.remove(pair(account, address));
	}

	/** Takes an attempt back that came to nothing. */
	synchronized void giveBack(String account, String address) {
		discount(pair(account, address));
		discount("account " + account);
		discount("address " + address);
	}

	private void discount(String what) {
		this.failures.computeIfPresent(what,
				(same, old) -> (old.count() > 1) ? new Failures(old.count() - 1, old.until()) : null);
	}

	private void count(String what) {
		Instant now = this.clock.instant();
		this.failures.merge(what, new Failures(1, now.plus(WINDOW)),
				(old, one) -> now.isBefore(old.until()) ? new Failures(old.count() + 1, old.until()) : one);
	}

	private @Nullable Instant until(String what, int most) {
		Failures found = this.failures.get(what);
		return (found != null && found.count() >= most) ? found.until() : null;
	}

	private static @Nullable Instant latest(@Nullable Instant one, @Nullable Instant other) {
		if (one == null || other == null) {
			return (one != null) ? one : other;
		}
		return one.isAfter(other) ? one : other;
	}

	private static String pair(String account, String address) {
		return "pair " + address + ' ' + account;
	}

	/**
	 * Failures in a window that began with the first of them.
	 *
	 * @param count how many
	 * @param until when the window ends
	 */
	private record Failures(int count, Instant until) {
	}

}
