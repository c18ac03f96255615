package io.exchequer.security;

import java.util.concurrent.Semaphore;

import org.jspecify.annotations.Nullable;

import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.stereotype.Component;

/**
 * Hashes passwords by Argon2id. Few at a time, for each takes 19 MiB while it runs.
 */
@Component
class Passwords {

	private static final int SALT_BYTES = 16;

	private static final int HASH_BYTES = 32;

	private static final int MEMORY_KIB = 19 * 1024;

	private static final int ITERATIONS = 2;

	private static final int AT_ONCE = 4;

	private final Argon2PasswordEncoder encoder = new Argon2PasswordEncoder(SALT_BYTES, HASH_BYTES, 1, MEMORY_KIB,
			ITERATIONS);

	private final Semaphore running = new Semaphore(AT_ONCE);

	/**
	 * What a password is compared with where there is no user: as costly, never equal.
	 */
	private final String nobody = hash("a password that nobody has");

	String hash(String password) {
		this.running.acquireUninterruptibly();
		try {
			String hash = this.encoder.encode(password);
			if (hash == null) {
				throw new IllegalStateException("the password was not hashed");
			}
			return hash;
		}
		finally {
			this.running.release();
		}
	}

	/**
	 * Compares a password with a hash, in the same time where there is none.
	 */
	boolean matches(String password, @Nullable String hash) {
		this.running.acquireUninterruptibly();
		try {
			boolean same = this.encoder.matches(password, (hash != null) ? hash : this.nobody);
			return same && hash != null;
		}
		finally {
			this.running.release();
		}
	}

}
