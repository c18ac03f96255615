package io.exchequer.batch;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.exchequer.batch.BatchStore.RunningLine;
import io.exchequer.batch.BatchStore.Work;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * One replica's part in the queue: takes lines as far as it has places for them, reads
 * one input and writes one batch's results at a time, renews the leases of all that, and
 * looks after what others left. One thread decides; the work has threads of its own.
 */
final class BatchQueue implements SmartLifecycle {

	private static final Logger log = LoggerFactory.getLogger(BatchQueue.class);

	/** How often within a lease it is renewed. */
	private static final int RENEWALS = 3;

	private static final int LEFT_MAX = 100;

	private static final Duration SWEEP_INTERVAL = Duration.ofMinutes(1);

	/** How long lines in flight may take to end when the process stops. */
	private static final Duration STOP = Duration.ofSeconds(25);

	/** Before billing's upkeep stops, which their holds' leases need. */
	private static final int PHASE = 1_000;

	private final BatchStore store;

	private final Validation validation;

	private final LineRun lines;

	private final Finish finish;

	private final BatchSweep sweep;

	private final BatchSettings settings;

	private final Clock clock;

	private final Semaphore wake = new Semaphore(0);

	private final Map<UUID, RunningLine> running = new ConcurrentHashMap<>();

	private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

	private final AtomicBoolean validating = new AtomicBoolean();

	private final AtomicBoolean finishing = new AtomicBoolean();

	private Instant renewedAt = Instant.EPOCH;

	private Instant sweptAt = Instant.EPOCH;

	private volatile @Nullable Thread dispatcher;

	private volatile boolean stopped;

	BatchQueue(BatchStore store, Validation validation, LineRun lines, Finish finish, BatchSweep sweep,
			BatchSettings settings, Clock clock) {
		this.store = store;
		this.validation = validation;
		this.lines = lines;
		this.finish = finish;
		this.sweep = sweep;
		this.settings = settings;
		this.clock = clock;
	}

	/** Has it look for work now. */
	void wake() {
		if (this.wake.availablePermits() == 0) {
			this.wake.release();
		}
	}

	/** Returns how many lines this process runs now. */
	int runningLines() {
		return this.running.size();
	}

	@Override
	public void start() {
		this.stopped = false;
		this.dispatcher = Thread.ofPlatform().daemon().name("batch-queue").start(this::dispatch);
	}

	private void dispatch() {
		while (!this.stopped) {
			try {
				look();
			}
			catch (RuntimeException ex) {
				log.warn("The queue of batches could not be looked at and is tried again: {}", ex.getMessage());
			}
			try {
				if (this.wake.tryAcquire(this.settings.poll().toMillis(), TimeUnit.MILLISECONDS)) {
					this.wake.drainPermits();
				}
			}
			catch (InterruptedException ex) {
				return;
			}
		}
	}

	private void look() {
		Instant now = this.clock.instant();
		if (!now.isBefore(this.renewedAt.plus(this.settings.lease().dividedBy(RENEWALS)))) {
			this.renewedAt = now;
			if (!this.running.isEmpty()) {
				this.store.renew(List.copyOf(this.running.values()));
			}
		}
		this.store.leftLines(LEFT_MAX)
			.stream()
			.filter((line) -> !this.running.containsKey(line.requestId()))
			.forEach(this::lookAfter);
		if (this.settings.concurrency() > 0) {
			begin(this.validating, this.store::takeToValidate, this.validation::run);
			takeLines();
		}
		this.store.noteEnds();
		begin(this.finishing, this.store::takeToFinish, this.finish::run);
		if (!now.isBefore(this.sweptAt.plus(SWEEP_INTERVAL)) && !this.sweep.sweep()) {
			this.sweptAt = now;
		}
	}

	/** One that cannot be looked after keeps nobody else waiting. */
	private void lookAfter(RunningLine line) {
		try {
			this.lines.lookAfter(line);
		}
		catch (RuntimeException ex) {
			log.warn("Line {} of batch {} could not be looked after yet: {}", line.number(), line.batchId(),
					ex.getMessage());
		}
	}

	private void takeLines() {
		int free = this.settings.concurrency() - this.running.size();
		while (free > 0 && !this.stopped) {
			List<RunningLine> taken = this.store.takeLines(free);
			if (taken.isEmpty()) {
				return;
			}
			for (RunningLine line : taken) {
				this.running.put(line.requestId(), line);
				start("batch-line", () -> {
					try {
						this.lines.run(line);
					}
					finally {
						this.running.remove(line.requestId());
					}
				});
			}
			free -= taken.size();
		}
	}

	/** Begins work of which there is one piece at a time, where there is any. */
	private void begin(AtomicBoolean busy, Supplier<Optional<Work>> take, Consumer<Work> todo) {
		if (this.stopped || !busy.compareAndSet(false, true)) {
			return;
		}
		boolean begun = false;
		try {
			Optional<Work> work = take.get();
			if (work.isPresent()) {
				begun = true;
				start("batch-work", () -> {
					try {
						todo.accept(work.get());
					}
					finally {
						busy.set(false);
					}
				});
			}
		}
		finally {
			if (!begun) {
				busy.set(false);
			}
		}
	}

	private void start(String name, Runnable work) {
		Thread thread = Thread.ofVirtual().name(name).unstarted(() -> {
			try {
				work.run();
			}
			finally {
				this.threads.remove(Thread.currentThread());
				wake();
			}
		});
		this.threads.add(thread);
		thread.start();
	}

	/**
	 * What does not end in time is looked after by another replica, or the next start.
	 */
	@Override
	public void stop() {
		this.stopped = true;
		Thread deciding = this.dispatcher;
		this.dispatcher = null;
		long deadline = System.nanoTime() + STOP.toNanos();
		try {
			if (deciding != null) {
				wake();
				deciding.join(STOP);
			}
			for (Thread thread : this.threads) {
				thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public boolean isRunning() {
		return this.dispatcher != null;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
