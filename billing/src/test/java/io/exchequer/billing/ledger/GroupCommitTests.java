package io.exchequer.billing.ledger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(30)
class GroupCommitTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Call call(int number) {
		return new Call(number, new AtomicReference<>());
	}

	@Test
	void runsALonelyCallAtOnceInItsOwnThread() throws Exception {
		AtomicReference<Thread> ranIn = new AtomicReference<>();
		GroupCommit<Call> group = new GroupCommit<>(1, 10, (batch, handOver) -> {
			ranIn.set(Thread.currentThread());
			batch.forEach(Call::square);
		});
		Call call = call(7);
		assertThat(group.run(call, LONG)).isTrue();
		assertThat(call.outcome()).isEqualTo(49);
		assertThat(ranIn.get()).isSameAs(Thread.currentThread());
	}

	@Test
	void sharesABatchAmongThoseWhoWaited() throws Exception {
		List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
		CountDownLatch firstRuns = new CountDownLatch(1);
		Semaphore go = new Semaphore(0);
		GroupCommit<Call> group = new GroupCommit<>(1, 10, (batch, handOver) -> {
			sizes.add(batch.size());
			firstRuns.countDown();
			go.acquireUninterruptibly();
			batch.forEach(Call::square);
		});
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			Future<Boolean> first = threads.submit(() -> group.run(call(0), LONG));
			firstRuns.await();
			List<Call> others = new ArrayList<>();
			List<Future<Boolean>> waiting = new ArrayList<>();
			for (int i = 1; i <= 13; i++) {
				Call other = call(i);
				others.add(other);
				waiting.add(threads.submit(() -> group.run(other, LONG)));
			}
			while (group.waiting() < 13) {
				Thread.onSpinWait();
			}
			go.release(3);
			assertThat(first.get()).isTrue();
			for (Future<Boolean> one : waiting) {
				assertThat(one.get()).isTrue();
			}
			for (Call other : others) {
				assertThat(other.outcome()).isEqualTo(other.number * other.number);
			}
		}
		assertThat(sizes).containsExactly(1, 10, 3);
	}

	@Test
	void runsTheNextBatchWhileTheCallersOfTheLastAreStillToBeTold() throws Exception {
		CountDownLatch handedOver = new CountDownLatch(1);
		CountDownLatch told = new CountDownLatch(1);
		GroupCommit<Call> group = new GroupCommit<>(1, 1, (batch, handOver) -> {
			handOver.run();
			if (batch.getFirst().number == 1) {
				handedOver.countDown();
				await(told);
			}
			batch.forEach(Call::square);
		});
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			Future<Boolean> first = threads.submit(() -> group.run(call(1), LONG));
			handedOver.await();
			Call second = call(2);
			assertThat(group.run(second, LONG)).isTrue();
			assertThat(second.outcome()).isEqualTo(4);
			assertThat(first.isDone()).isFalse();
			told.countDown();
			assertThat(first.get()).isTrue();
		}
	}

	@ParameterizedTest
	@CsvSource({ "1, 1", "1, 16", "2, 4", "4, 128" })
	void losesNoCallUnderLoad(int leaders, int batchMax) throws Exception {
		AtomicInteger running = new AtomicInteger();
		AtomicInteger ran = new AtomicInteger();
		GroupCommit<Call> group = new GroupCommit<>(leaders, batchMax, (batch, handOver) -> {
			assertThat(running.incrementAndGet()).isLessThanOrEqualTo(leaders);
			assertThat(batch).hasSizeLessThanOrEqualTo(batchMax);
			Thread.yield();
			batch.forEach(Call::square);
			ran.addAndGet(batch.size());
			running.decrementAndGet();
		});
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Future<Void>> futures = new ArrayList<>();
			for (int i = 0; i < 50; i++) {
				futures.add(threads.submit(() -> {
					for (int n = 0; n < 200; n++) {
						Call call = call(n);
						assertThat(group.run(call, LONG)).isTrue();
						assertThat(call.outcome()).isEqualTo(n * n);
					}
					return null;
				}));
			}
			for (Future<Void> future : futures) {
				future.get();
			}
		}
		assertThat(ran.get()).isEqualTo(50 * 200);
	}

	@Test
	void givesUpAnEntryNobodyTookInTime() throws Exception {
		CountDownLatch firstRuns = new CountDownLatch(1);
		Semaphore go = new Semaphore(0);
		AtomicInteger ran = new AtomicInteger();
		GroupCommit<Call> group = new GroupCommit<>(1, 10, (batch, handOver) -> {
			firstRuns.countDown();
			go.acquireUninterruptibly();
			ran.addAndGet(batch.size());
			batch.forEach(Call::square);
		});
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			Future<Boolean> first = threads.submit(() -> group.run(call(0), LONG));
			firstRuns.await();
			Call late = call(3);
			assertThat(group.run(late, Duration.ofMillis(1))).isFalse();
			go.release(10);
			assertThat(first.get()).isTrue();
			assertThat(group.run(call(4), LONG)).isTrue();
			assertThat(ran.get()).isEqualTo(2);
			assertThat(late.tooLate.get()).isNull();
		}
	}

	@Test
	void saysSoWhenAnOutcomeComesAfterItsCallerHasGone() throws Exception {
		CountDownLatch runs = new CountDownLatch(1);
		Semaphore go = new Semaphore(0);
		GroupCommit<Call> group = new GroupCommit<>(1, 10, (batch, handOver) -> {
			runs.countDown();
			go.acquireUninterruptibly();
			batch.forEach(Call::square);
		});
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			Semaphore second = new Semaphore(0);
			Future<Boolean> leader = threads.submit(() -> group.run(call(1), LONG));
			runs.await();
			Call gone = call(5);
			Future<Boolean> follower = threads.submit(() -> {
				boolean done = group.run(gone, Duration.ofMillis(300));
				second.release();
				return done;
			});
			while (group.waiting() < 1) {
				Thread.onSpinWait();
			}
			Future<Boolean> last = threads.submit(() -> group.run(call(6), LONG));
			while (group.waiting() < 2) {
				Thread.onSpinWait();
			}
			second.acquireUninterruptibly();
			assertThat(follower.get()).isFalse();
			go.release(10);
			assertThat(leader.get()).isTrue();
			assertThat(last.get()).isTrue();
		}
		Call call = call(9);
		call.giveUp();
		call.square();
		assertThat(call.tooLate.get()).isEqualTo(81);
	}

	@Test
	void saysSoWhenACallFailsAfterItsCallerHasGone() {
		AtomicInteger told = new AtomicInteger();
		Call call = new Call(1, new AtomicReference<>()) {
			@Override
			protected void failedTooLate() {
				told.incrementAndGet();
			}
		};
		call.giveUp();
		call.fail(new IllegalStateException("lost"));
		assertThat(told.get()).isOne();
	}

	@Test
	void takesCallsBackThatWaitedAside() throws Exception {
		AtomicReference<Call> aside = new AtomicReference<>();
		CountDownLatch isAside = new CountDownLatch(1);
		GroupCommit<Call> group = new GroupCommit<>(1, 10, (batch, handOver) -> {
			for (Call call : batch) {
				if (call.number == 3 && aside.compareAndSet(null, call)) {
					call.takeAside(true);
					isAside.countDown();
				}
				else {
					call.square();
				}
			}
		});
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			Call waits = call(3);
			Future<Boolean> waiting = threads.submit(() -> group.run(waits, LONG));
			isAside.await();
			assertThat(group.run(call(4), LONG)).isTrue();
			assertThat(waits.finished()).isFalse();
			waits.takeAside(false);
			group.queue(List.of(waits));
			assertThat(waiting.get()).isTrue();
			assertThat(waits.outcome()).isEqualTo(9);
		}
	}

	@Test
	void failsEveryCallOfABatchThatThrows() {
		GroupCommit<Call> group = new GroupCommit<>(1, 10, (batch, handOver) -> {
			throw new IllegalArgumentException("broken");
		});
		Call call = call(1);
		assertThat(group.run(call, LONG)).isTrue();
		assertThatIllegalStateException().isThrownBy(call::outcome).withMessage("broken");
	}

	@Test
	void failsACallThatItsBatchForgot() {
		GroupCommit<Call> group = new GroupCommit<>(1, 10, (batch, handOver) -> {
		});
		Call call = call(1);
		assertThat(group.run(call, LONG)).isTrue();
		assertThatIllegalStateException().isThrownBy(call::outcome).withMessageContaining("without an outcome");
	}

	@Test
	void waitsOnWhenInterruptedAndKeepsTheFlag() throws Exception {
		GroupCommit<Call> group = new GroupCommit<>(1, 10, (batch, handOver) -> batch.forEach(Call::square));
		Thread.currentThread().interrupt();
		Call call = call(2);
		assertThat(group.run(call, LONG)).isTrue();
		assertThat(Thread.interrupted()).isTrue();
		assertThat(call.outcome()).isEqualTo(4);
	}

	@Test
	void leadsUninterruptedWhereItsCallerIsInterrupted() throws Exception {
		AtomicReference<Boolean> interruptedInBatch = new AtomicReference<>();
		GroupCommit<Call> group = new GroupCommit<>(1, 10, (batch, handOver) -> {
			interruptedInBatch.set(Thread.currentThread().isInterrupted());
			batch.forEach(Call::square);
		});
		Thread.currentThread().interrupt();
		Call call = call(3);
		assertThat(group.run(call, LONG)).isTrue();
		assertThat(Thread.interrupted()).isTrue();
		assertThat(interruptedInBatch.get()).isFalse();
		assertThat(call.outcome()).isEqualTo(9);
	}

	private static class Call extends GroupCommit.Entry<Integer> {

		private final int number;

		private final AtomicReference<Integer> tooLate;

		Call(int number, AtomicReference<Integer> tooLate) {
			this.number = number;
			this.tooLate = tooLate;
		}

		void square() {
			finish(this.number * this.number);
		}

		@Override
		protected void finishedTooLate(Integer outcome) {
			this.tooLate.set(outcome);
		}

	}

}
