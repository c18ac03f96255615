package io.exchequer.gateway;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
	void letsOneAnswerAtATimePassTheBoundAndTheNextOnceItIsDone() {
		BodyMemory memory = new BodyMemory(100);
		Reservation first = memory.open();
		try (Reservation others = memory.open()) {
			others.grow(90);
			first.grow(10);
			assertThat(first.await(50, Duration.ZERO)).isTrue();
			assertThat(first.await(50, Duration.ZERO)).isTrue();
			assertThat(memory.used()).isEqualTo(200);
			assertThat(others.grow(1)).isFalse();
			try (Reservation second = memory.open()) {
				assertThat(second.await(30, Duration.ofMillis(1))).isFalse();
				assertThat(memory.used()).isEqualTo(200);
				first.close();
				assertThat(memory.used()).isEqualTo(90);
				assertThat(second.await(30, Duration.ZERO)).isTrue();
				assertThat(memory.used()).isEqualTo(120);
			}
		}
		assertThat(memory.used()).isZero();
	}

	@Test
	void givesAWaitingAnswerWhatOthersGiveBack() throws Exception {
		BodyMemory memory = new BodyMemory(100);
		try (Reservation others = memory.open();
				Reservation slow = memory.open();
				Reservation waiting = memory.open();
				ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			others.grow(100);
			assertThat(slow.await(1, Duration.ZERO)).isTrue();
			Future<Boolean> got = threads.submit(() -> waiting.await(40, Duration.ofMinutes(1)));
			others.shrink(60);
			assertThat(got.get()).isTrue();
			assertThat(memory.used()).isEqualTo(81);
		}
		assertThat(memory.used()).isZero();
	}

	@Test
	void stopsWaitingWhenItIsInterruptedAndStaysSo() {
		BodyMemory memory = new BodyMemory(100);
		try (Reservation first = memory.open(); Reservation second = memory.open()) {
			assertThat(first.await(101, Duration.ZERO)).isTrue();
			Thread.currentThread().interrupt();
			assertThat(second.await(1, Duration.ofMinutes(1))).isFalse();
			assertThat(Thread.interrupted()).isTrue();
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
