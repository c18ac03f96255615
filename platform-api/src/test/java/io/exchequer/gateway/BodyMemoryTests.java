package io.exchequer.gateway;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import io.exchequer.gateway.BodyMemory.Reservation;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class BodyMemoryTests {

	@Test
	void admitsUpToTheLastByteAndNotOneMore() {
		BodyMemory memory = new BodyMemory(100);
		try (Reservation reservation = memory.open(); Reservation other = memory.open()) {
			assertThat(reservation.grow(60)).isTrue();
			assertThat(other.grow(41)).isFalse();
			assertThat(other.grow(40)).isTrue();
			assertThat(memory.used()).isEqualTo(100);
		}
		assertThat(memory.used()).isZero();
	}

	@Test
	void refusesAmountsThatWouldOverflow() {
		BodyMemory memory = new BodyMemory(100);
		try (Reservation reservation = memory.open()) {
			assertThat(reservation.grow(1)).isTrue();
			assertThat(reservation.grow(Long.MAX_VALUE)).isFalse();
			assertThat(memory.used()).isEqualTo(1);
		}
	}

	@Test
	void givesBackOnceHoweverOftenItIsClosed() {
		BodyMemory memory = new BodyMemory(100);
		Reservation reservation = memory.open();
		reservation.grow(50);
		reservation.close();
		reservation.close();
		assertThat(memory.used()).isZero();
		assertThatIllegalStateException().isThrownBy(() -> reservation.grow(1));
	}

	@Test
	void givesAPartBack() {
		BodyMemory memory = new BodyMemory(100);
		try (Reservation reservation = memory.open()) {
			reservation.grow(80);
			reservation.shrink(50);
			assertThat(memory.used()).isEqualTo(30);
			assertThatIllegalArgumentException().isThrownBy(() -> reservation.shrink(31));
		}
		assertThat(memory.used()).isZero();
	}

	@Test
	void refusesNegativeAmountsAndAnEmptyShare() {
		assertThatIllegalArgumentException().isThrownBy(() -> new BodyMemory(0));
		try (Reservation reservation = new BodyMemory(1).open()) {
			assertThatIllegalArgumentException().isThrownBy(() -> reservation.grow(-1));
		}
	}

	@Test
	void neverPassesItsCapacityUnderManyThreads() throws InterruptedException {
		BodyMemory memory = new BodyMemory(1000);
		AtomicInteger admitted = new AtomicInteger();
		CountDownLatch all = new CountDownLatch(64);
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			for (int thread = 0; thread < 64; thread++) {
				threads.submit(() -> {
					Reservation reservation = memory.open();
					if (reservation.grow(100)) {
						admitted.incrementAndGet();
					}
					all.countDown();
					all.await();
					reservation.close();
					return null;
				});
			}
		}
		assertThat(admitted).hasValue(10);
		assertThat(memory.used()).isZero();
	}

}
