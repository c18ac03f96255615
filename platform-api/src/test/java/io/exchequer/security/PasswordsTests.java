package io.exchequer.security;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PasswordsTests {

	private static final String PARAMETERS = "$argon2id$v=19$m=19456,t=2,p=1$";

	@Test
	void hashesByArgon2idWithASaltOfItsOwn() {
		Passwords passwords = new Passwords();
		String hash = passwords.hash("correct horse battery");
		assertThat(hash).startsWith(PARAMETERS);
		assertThat(passwords.hash("correct horse battery")).isNotEqualTo(hash);
		assertThat(passwords.matches("correct horse battery", hash)).isTrue();
		assertThat(passwords.matches("wrong horse battery", hash)).isFalse();
	}

	@Test
	void worksAsHardWhereThereIsNobody() {
		Passwords passwords = new Passwords();
		assertThat(passwords.comparedWith(null)).startsWith(PARAMETERS);
		assertThat(passwords.matches("a password that nobody has", null)).isFalse();
	}

	@Test
	void turnsAwayWhomItHasNoPlaceFor() {
		Passwords passwords = new Passwords(1, 0);
		String hash = passwords.hash("correct horse battery");
		CountDownLatch begun = new CountDownLatch(1);
		CompletableFuture<String> end = new CompletableFuture<>();
		CompletableFuture<String> running = CompletableFuture.supplyAsync(() -> passwords.inTurn(() -> {
			begun.countDown();
			return end.join();
		}));
		try {
			begun.await();
			assertThatExceptionOfType(PasswordsBusyException.class)
				.isThrownBy(() -> passwords.matches("correct horse battery", hash));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
		finally {
			end.complete("done");
		}
		assertThat(running.join()).isEqualTo("done");
		assertThat(passwords.matches("correct horse battery", hash)).isTrue();
	}

}
