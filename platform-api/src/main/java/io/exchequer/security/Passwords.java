package io.exchequer.security;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.stereotype.Component;

/**
 * Hashes passwords by Argon2id. Few at a time, for each takes 19 MiB while it runs; some
 * wait for their turn, and the rest are turned away.
 */
@Component
class Passwords {

	private static final int SALT_BYTES = 16;

	private static final int HASH_BYTES = 32;

	private static final int MEMORY_KIB = 19 * 1024;

	private static final int ITERATIONS = 2;

	private static final int AT_ONCE = 4;

	private static final int WAITING_MAX = 60;

	private final Argon2PasswordEncoder encoder = new Argon2PasswordEncoder(SALT_BYTES, HASH_BYTES, 1, MEMORY_KIB,
			ITERATIONS);

	private final Semaphore places;

	private final Semaphore running;

	/**
	 * What a password is compared with where there is no user: as costly, never equal.
	 */
	private final String nobody;

	@Autowired
	Passwords() {
		this(AT_ONCE, WAITING_MAX);
	}

	/**
	 * Makes it for so many at a time.
	 * @param atOnce how many run at once
	 * @param waitingMax how many may wait beside them
	 */
	Passwords(int atOnce, int waitingMax) {
		this.places = new Semaphore(atOnce + waitingMax);
		this.running = new Semaphore(atOnce, true);
		this.nobody = hash("a password that nobody has");
	}

	/**
	 * Hashes a password.
	 * @throws PasswordsBusyException if too many wait
	 */
	String hash(String password) {
		return inTurn(() -> {
			String hash = this.encoder.encode(password);
			if (hash == null) {
				throw new IllegalStateException("the password was not hashed");
			}
			return hash;
		});
	}

	/**
	 * Compares a password with a hash, in the same time where there is none.
	 * @throws PasswordsBusyException if too many wait
	 */
	boolean matches(String password, @Nullable String hash) {
		return inTurn(() -> this.encoder.matches(password, comparedWith(hash))) && hash != null;
	}

	/** Returns what is compared with where there is this hash, or none. */
	String comparedWith(@Nullable String hash) {
		return (hash != null) ? hash : this.nobody;
	}

	<T> T inTurn(Supplier<T> work) {
		if (!this.places.tryAcquire()) {
			throw new PasswordsBusyException();
		}
		this.running.acquireUninterruptibly();
		try {
			return work.get();
		}
		finally {
			this.running.release();
			this.places.release();
		}
	}

}
