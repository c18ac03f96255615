package io.exchequer.billing.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.BudgetScope;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.Hold;

/**
 * Measures how many admissions, each followed by its settlement, one hot tenant gets in a
 * second from a durable PostgreSQL: three budgets above each request, and a rate limit.
 * Arguments: callers (64), seconds (5), leaders (1), most calls in a batch (128).
 */
final class AdmissionRate {

	private AdmissionRate() {
	}

	public static void main(String[] arguments) throws Exception {
		int callers = argument(arguments, 0, 64);
		int seconds = argument(arguments, 1, 5);
		BillingSettings defaults = BillingSettings.DEFAULTS;
		BillingSettings settings = new BillingSettings(defaults.leaseDuration(), defaults.renewal(),
				defaults.sweepInterval(), defaults.admitTimeout(), defaults.settleTimeout(),
				argument(arguments, 3, defaults.batchMax()), argument(arguments, 2, defaults.leaders()),
				defaults.pendingMax(), defaults.decisionRetention());
		try (TestLedger ledger = new TestLedger()) {
			ledger.budget("tenant", Long.MAX_VALUE, null);
			ledger.budget("team", BudgetScope.Type.TEAM, ledger.team.toString(), new BudgetWindow.Day(), Long.MAX_VALUE,
					null);
			ledger.budget("key", BudgetScope.Type.KEY, ledger.key.toString(), new BudgetWindow.Total(), Long.MAX_VALUE,
					null);
			ledger.execute("SELECT maintain_billing_partitions(?::bigint, 30)", Parameters.micros(TestLedger.NOW));
			JdbcBillingService billing = ledger.service(settings);
			measure(ledger, billing, callers, 3);
			measure(ledger, billing, callers, seconds);
		}
		System.exit(0);
	}

	private static void measure(TestLedger ledger, JdbcBillingService billing, int callers, int seconds)
			throws InterruptedException {
		BudgetSnapshot budgets = ledger.budgets();
		ChargeTo to = ledger.chargeTo(List.of("blue"), 1_000_000_000, null);
		LongAdder done = new LongAdder();
		List<long[]> times = new ArrayList<>();
		long cpu = cpuNanos();
		long serverCpu = backendsCpuNanos(ledger);
		long commits = Long
			.parseLong(ledger.one("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"));
		long start = System.nanoTime();
		long end = start + Duration.ofSeconds(seconds).toNanos();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < callers; i++) {
			long[] waits = new long[1 << 16];
			times.add(waits);
			threads.add(Thread.startVirtualThread(() -> {
				for (int n = 0; System.nanoTime() < end; n++) {
					long before = System.nanoTime();
					Hold hold = TestLedger.granted(billing.admit(ledger.request(10, budgets, to, 1)));
					waits[n % waits.length] = System.nanoTime() - before;
					billing.settle(ledger.settlement(hold, 7));
					done.increment();
				}
			}));
		}
		for (Thread thread : threads) {
			thread.join();
		}
		double elapsed = (System.nanoTime() - start) / 1e9;
		long[] all = times.stream().flatMapToLong(Arrays::stream).filter((wait) -> wait > 0).sorted().toArray();
		cpu = cpuNanos() - cpu;
		serverCpu = backendsCpuNanos(ledger) - serverCpu;
		Thread.sleep(1_200); // the server's statistics lag
		long after = Long
			.parseLong(ledger.one("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"));
		System.out.printf("%d callers: %.0f admissions/s, each settled; admission p50 %.2f ms p99 %.2f ms; "
				+ "%.1f calls a commit; CPU a request: this process %.0f us, the database's connections %.0f us%n",
				callers, done.sum() / elapsed, all[all.length / 2] / 1e6, all[(int) (all.length * 0.99)] / 1e6,
				2.0 * done.sum() / Math.max(after - commits, 1), cpu / 1e3 / done.sum(), serverCpu / 1e3 / done.sum());
	}

	private static long cpuNanos() {
		return ((com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory
			.getOperatingSystemMXBean()).getProcessCpuTime();
	}

	/**
	 * Sums the processes that serve the pools' connections; 0 where that is not Linux.
	 */
	private static long backendsCpuNanos(TestLedger ledger) {
		long ticks = 0;
		for (String pid : ledger.strings("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")) {
			try {
				String[] fields = Files.readString(Path.of("/proc", pid, "stat")).replaceAll("^.*\\) ", "").split(" ");
				ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
			}
			catch (IOException ex) {
				return 0;
			}
		}
		return ticks * 10_000_000;
	}

	private static int argument(String[] arguments, int place, int absent) {
		return (arguments.length > place) ? Integer.parseInt(arguments[place]) : absent;
	}

}
