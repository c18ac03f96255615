package io.exchequer.kernel;

import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Makes UUIDv7 identifiers (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then
 * random bits. They sort by time of creation, to the millisecond. They are identifiers,
 * not secrets.
 */
public final class Uuid7 {

	private final Clock clock;

	public Uuid7(Clock clock) {
		this.clock = clock;
	}

	/**
	 * Returns a new identifier stamped with the clock's present millisecond.
	 */
	public UUID next() {
		return at(this.clock.millis());
	}

	private static UUID at(long epochMilli) {
		ThreadLocalRandom random = ThreadLocalRandom.current();
		long high = (epochMilli << 16) | 0x7000L | (random.nextLong() & 0x0FFFL);
		long low = (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
		return new UUID(high, low);
	}

	/**
	 * Returns the instant a UUIDv7 was made, to the millisecond.
	 * @throws IllegalArgumentException if the identifier is of another version
	 */
	public static Instant instantOf(UUID id) {
		if (id.version() != 7) {
			throw new IllegalArgumentException("not a UUIDv7: " + id);
		}
		return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
	}

}
