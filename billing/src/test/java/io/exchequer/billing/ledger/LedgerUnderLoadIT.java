package io.exchequer.billing.ledger;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.BudgetScope;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.Hold;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Two replicas with pools of their own, and many threads on each.
 */
class LedgerUnderLoadIT {

	private static final int THREADS = 12;

	private TestLedger ledger;

	private List<JdbcBillingService> replicas;

	@BeforeEach
	void create() {
		this.ledger = new TestLedger();
		BillingSettings defaults = BillingSettings.DEFAULTS;
		BillingSettings parallel = new BillingSettings(defaults.leaseDuration(), defaults.renewal(),
				defaults.sweepInterval(), Duration.ofSeconds(30), Duration.ofSeconds(30), 16, 3, defaults.pendingMax(),
				defaults.decisionRetention());
		this.replicas = List.of(this.ledger.service(parallel), this.ledger.service(parallel));
	}

	@AfterEach
	void drop() {
		this.ledger.close();
	}

	/** Runs a worker on each thread of each replica until all have ended. */
	private void load(Worker worker) throws Exception {
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Future<?>> futures = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				JdbcBillingService replica = this.replicas.get(i % this.replicas.size());
				futures.add(threads.submit((Callable<Void>) () -> {
					worker.work(replica);
					return null;
				}));
			}
			for (Future<?> future : futures) {
				future.get();
			}
		}
	}

	/** Does something again and again until the load has ended. */
	private static Future<?> meanwhile(ExecutorService executor, AtomicBoolean ended, Runnable task) {
		return executor.submit(() -> {
			while (!ended.get()) {
				task.run();
			}
		});
	}

	@Test
	void neverExceedsATightBudgetByANanoUnitAndUsesItUp() throws Exception {
		long limit = 20_000;
		UUID budget = this.ledger.budget("tight", limit, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		AtomicBoolean ended = new AtomicBoolean();
		AtomicInteger samples = new AtomicInteger();
		LongAdder spent = new LongAdder();
		try (ExecutorService sampler = Executors.newSingleThreadExecutor()) {
			Future<?> sampling = meanwhile(sampler, ended, () -> {
				samples.incrementAndGet();
				assertThat(this.ledger.settled(budget).add(this.ledger.held(budget)))
					.isLessThanOrEqualTo(BigDecimal.valueOf(limit));
				assertThat(this.ledger.one("SELECT coalesce(sum(settled + held), 0) <= 20000 FROM balance"))
					.isEqualTo("t");
			});
			try {
				load((billing) -> {
					ThreadLocalRandom random = ThreadLocalRandom.current();
					for (int refused = 0; refused < 10;) {
						long worst = random.nextLong(1, 400);
						if (billing
							.admit(this.ledger.request(worst, budgets)) instanceof Admission.Granted(Hold hold)) {
							long cost = random.nextLong(worst + 1);
							billing.settle(this.ledger.settlement(hold, cost));
							spent.add(cost);
						}
						else {
							refused++;
						}
					}
				});
			}
			finally {
				ended.set(true);
			}
			sampling.get();
		}
		this.ledger.assertBooksBalance();
		assertThat(samples.get()).isPositive();
		assertThat(this.ledger.held(budget)).isZero();
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo(BigDecimal.valueOf(spent.sum()));
		long left = limit - spent.sum();
		assertThat(this.replicas.getFirst().admit(this.ledger.request(left + 1, budgets)))
			.isInstanceOf(Admission.OverBudget.class);
		TestLedger.granted(this.replicas.getLast().admit(this.ledger.request(left, budgets)));
	}

	@Test
	void doesNotDeadlockOverManyBudgetsInRandomOrder() throws Exception {
		List<TeamId> teams = new ArrayList<>();
		List<KeyId> keys = new ArrayList<>();
		for (int i = 0; i < 6; i++) {
			teams.add(new TeamId(TestLedger.IDS.next()));
			keys.add(new KeyId(TestLedger.IDS.next()));
			this.ledger.budget("team " + i, BudgetScope.Type.TEAM, teams.get(i).toString(), new BudgetWindow.Day(),
					1_000_000L, null);
			this.ledger.budget("key " + i, BudgetScope.Type.KEY, keys.get(i).toString(), new BudgetWindow.Month(),
					1_000_000L, null);
			this.ledger.budget("tag " + i, BudgetScope.Type.TAG, "tag" + i, new BudgetWindow.Year(), 1_000_000L, null);
		}
		BudgetSnapshot budgets = this.ledger.budgets();
		String deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
		LongAdder done = new LongAdder();
		load((billing) -> {
			ThreadLocalRandom random = ThreadLocalRandom.current();
			for (int i = 0; i < 25; i++) {
				ChargeTo to = new ChargeTo(this.ledger.tenant, teams.get(random.nextInt(6)), this.ledger.project,
						keys.get(random.nextInt(6)), null, "chat",
						List.of("tag" + random.nextInt(3), "tag" + (3 + random.nextInt(3))), 1_000_000, 100_000_000);
				Hold hold = TestLedger.granted(billing.admit(this.ledger.request(10, budgets, to, 1)));
				if (random.nextBoolean()) {
					billing.settle(this.ledger.settlement(hold, 7));
					done.increment();
				}
				else {
					billing.release(hold, null);
				}
			}
		});
		this.ledger.assertBooksBalance();
		assertThat(this.ledger.count("hold")).isZero();
		assertThat(this.ledger.count("ledger_line")).isEqualTo(2 * done.sum());
		assertThat(this.ledger.one(deadlocks)).isEqualTo("0");
	}

	@Test
	void missesNothingWhenABudgetIsMadeUnderLoad() throws Exception {
		AtomicInteger made = new AtomicInteger();
		AtomicBoolean ended = new AtomicBoolean();
		try (ExecutorService administrator = Executors.newSingleThreadExecutor()) {
			Future<?> administration = administrator.submit(() -> {
				for (int i = 0; i < 5; i++) {
					this.ledger.budget("made " + i, 1_000_000_000L, null);
					made.incrementAndGet();
				}
				ended.set(true);
			});
			load((billing) -> {
				BudgetSnapshot budgets = this.ledger.budgets();
				for (int more = 5; more > 0;) {
					switch (billing.admit(this.ledger.request(10, budgets))) {
						case Admission.Granted(Hold hold) -> billing.settle(this.ledger.settlement(hold, 7));
						case Admission.StaleConfiguration() -> budgets = this.ledger.budgets();
						case Admission.OverBudget over -> throw new AssertionError(over);
						case Admission.OverRate over -> throw new AssertionError(over);
						case Admission.NoRate none -> throw new AssertionError(none);
						case Admission.ShareGone gone -> throw new AssertionError(gone);
					}
					more -= ended.get() ? 1 : 0;
				}
			});
			administration.get();
		}
		assertThat(made.get()).isEqualTo(5);
		this.ledger.assertBooksBalance();
		String total = this.ledger.one("SELECT sum(amount_nanos) FROM ledger_line WHERE account = 'usage'");
		assertThat(this.ledger.strings("SELECT DISTINCT settled FROM balance")).containsExactly(total);
	}

	@Test
	void losesNoCallWhileItsTenantIsBusyNowAndThen() throws Exception {
		UUID budget = this.ledger.budget("b", 1_000_000_000L, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		ChargeTo own = this.ledger.chargeTo();
		ChargeTo other = new ChargeTo(new TenantId(TestLedger.IDS.next()), own.team(), own.project(), own.key(), null,
				"chat", List.of(), null, null);
		AtomicBoolean ended = new AtomicBoolean();
		LongAdder spent = new LongAdder();
		LongAdder settled = new LongAdder();
		try (ExecutorService administrator = Executors.newSingleThreadExecutor()) {
			Future<?> administration = meanwhile(administrator, ended, () -> {
				long before = settled.sum();
				beBusyForAMoment();
				while (!ended.get() && settled.sum() < before + 40) {
					Thread.onSpinWait();
				}
			});
			try {
				load((billing) -> {
					ThreadLocalRandom random = ThreadLocalRandom.current();
					for (int i = 0; i < 100; i++) {
						ChargeTo to = random.nextBoolean() ? own : other;
						// Some go row by row: they cost more than they may.
						Hold hold = TestLedger.granted(billing.admit(this.ledger.request(10, budgets, to, 1)));
						long cost = random.nextLong(13);
						billing.settle(this.ledger.settlement(hold, cost));
						spent.add((to == own) ? cost : 0);
						settled.increment();
					}
				});
			}
			finally {
				ended.set(true);
			}
			administration.get();
		}
		this.ledger.assertBooksBalance();
		assertThat(this.replicas).allMatch((replica) -> replica.openHolds() == 0);
		assertThat(this.ledger.count("hold")).isZero();
		assertThat(this.ledger.count("ledger_line")).isEqualTo(2 * settled.sum());
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo(BigDecimal.valueOf(spent.sum()));
	}

	/**
	 * Holds the tenant's lock as a change of its budgets does, for some ten milliseconds.
	 */
	private void beBusyForAMoment() {
		this.ledger.execute(
				"SELECT count(*) FROM pg_advisory_xact_lock(tenant_lock(?::uuid)), generate_series(1, ?::integer)",
				this.ledger.tenant, ThreadLocalRandom.current().nextInt(400_000));
	}

	@Test
	void losesAndDoublesNothingWhenConnectionsAreKilled() throws Exception {
		UUID budget = this.ledger.budget("b", 1_000_000_000L, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		Map<UUID, Long> costs = new ConcurrentHashMap<>();
		LongAdder killed = new LongAdder();
		load((billing) -> {
			for (int i = 0; i < 20 || (killed.sum() == 0 && i < 2_000); i++) {
				try {
					if (billing.admit(this.ledger.request(10, budgets)) instanceof Admission.Granted(Hold hold)) {
						long cost = ThreadLocalRandom.current().nextLong(11);
						costs.put(hold.request().requestId(), cost);
						if (i % 5 == 2) {
							killed.add(killOneAtWork());
						}
						billing.settle(this.ledger.settlement(hold, cost));
					}
				}
				catch (BillingUnavailableException ex) {
					continue; // it goes on in the background, or was not admitted
				}
			}
		});
		await().atMost(Duration.ofSeconds(30))
			.until(() -> this.replicas.stream().allMatch((replica) -> replica.pendingSettlements() == 0));
		assertThat(killed.sum()).isPositive();
		this.ledger.assertBooksBalance();
		assertThat(this.ledger.count("hold")).isZero();
		assertThat(this.ledger
			.strings("SELECT request_id || ' ' || amount_nanos FROM ledger_line WHERE account = 'usage'"))
			.containsExactlyInAnyOrderElementsOf(
					costs.entrySet().stream().map((cost) -> cost.getKey() + " " + cost.getValue()).toList());
		assertThat(this.ledger.settled(budget))
			.isEqualByComparingTo(BigDecimal.valueOf(costs.values().stream().mapToLong(Long::longValue).sum()));
	}

	/** Ends a connection that is just admitting or settling, if there is one. */
	private int killOneAtWork() {
		return this.ledger.strings("""
				SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
				AND query ~ '(post_batch|(admit|settle)_holds)' AND query !~ 'terminate' ORDER BY random() LIMIT 1""")
			.size();
	}

	private interface Worker {

		void work(JdbcBillingService replica) throws ExecutionException, InterruptedException;

	}

}
