package io.exchequer.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.exchequer.benchmarks.Cell.Load;
import io.exchequer.benchmarks.Cell.Way;

/**
 * One promise about the platform's cost, held against what was measured.
 *
 * @param what what is promised
 * @param limit the promise in words
 * @param measured what was measured, or null if this run did not measure it
 * @param kept whether the promise is kept; null if it was not measured
 */
record Target(String what, String limit, @Nullable String measured, @Nullable Boolean kept) {

	private static final double PROXY_RATIO_MAX = 8;

	private static final double RATE_RATIO_MIN = 0.15;

	private static final double ADDED_P50_MILLIS_MAX = 0.5;

	private static final double ADDED_P99_MILLIS_MAX = 2;

	private static final double EVENT_RATIO_MAX = 5;

	private static final double FIRST_TOKEN_MILLIS_MAX = 1;

	private static final double BILLING_RATIO_MAX = 6;

	private static final double ADMISSIONS_MIN = 3_000;

	private static final double RESIDENT_MIB_MAX = 512;

	/** Holds a run against every promise. */
	static List<Target> of(Results results) {
		Optional<Cell> one = results.cell(Load.PLAIN, 1, Way.PLATFORM);
		Optional<Cell> oneStraight = results.cell(Load.PLAIN, 1, Way.STRAIGHT);
		Optional<Cell> sixteen = results.cell(Load.PLAIN, 16, Way.PLATFORM);
		Optional<Cell> sixteenNginx = results.cell(Load.PLAIN, 16, Way.NGINX);
		Optional<Cell> many = results.cell(Load.PLAIN, 64, Way.PLATFORM);
		Optional<Cell> manyNginx = results.cell(Load.PLAIN, 64, Way.NGINX);
		List<Target> targets = new ArrayList<>();
		targets.add(atMost("platform CPU per request, 16 connections", PROXY_RATIO_MAX, "× nginx",
				ratio(sixteen.map(Cell::proxyMicrosPerRequest), sixteenNginx.map(Cell::proxyMicrosPerRequest))));
		targets.add(atLeast("requests/s, 64 connections", RATE_RATIO_MIN, "× nginx",
				ratio(many.map((cell) -> cell.seen().perSecond()), manyNginx.map((cell) -> cell.seen().perSecond()))));
		targets.add(atMost("added latency p50, 1 connection", ADDED_P50_MILLIS_MAX, "ms",
				both(one, oneStraight, Cell::addedP50Millis)));
		targets.add(atMost("added latency p99, 1 connection", ADDED_P99_MILLIS_MAX, "ms",
				both(one, oneStraight, Cell::addedP99Millis)));
		for (Load load : List.of(Load.STREAM, Load.PACED)) {
			targets.add(atMost("CPU per streamed event, 16 connections, " + load.title(), EVENT_RATIO_MAX, "× nginx",
					ratio(results.cell(load, 16, Way.PLATFORM).map(Cell::proxyMicrosPerEvent),
							results.cell(load, 16, Way.NGINX).map(Cell::proxyMicrosPerEvent))));
		}
		targets.add(atMost("added first token p99, 1 connection", FIRST_TOKEN_MILLIS_MAX, "ms", both(
				results.cell(Load.PACED, 1, Way.PLATFORM), results.cell(Load.PACED, 1, Way.STRAIGHT),
				(cell, straight) -> (cell.seen().firstTokenP99Nanos() - straight.seen().firstTokenP99Nanos()) / 1e6)));
		targets.add(atMost("billing (platform's part + PostgreSQL), 16 connections", BILLING_RATIO_MAX, "× nginx",
				ratio(sixteen.flatMap((cell) -> billingMicros(results, cell)),
						sixteenNginx.map(Cell::proxyMicrosPerRequest))));
		targets.add(atLeast("one hot tenant", ADMISSIONS_MIN, "admissions/s",
				Optional.ofNullable(results.admissionsPerSecond())));
		targets.add(atMost("resident memory, 64 connections", RESIDENT_MIB_MAX, "MiB",
				many.map((cell) -> cell.residentKib() / 1024.0)));
		return targets;
	}

	/**
	 * Returns what billing costs a request in microseconds of CPU time, PostgreSQL
	 * included; empty if the platform was not sampled.
	 */
	static Optional<Double> billingMicros(Results results, Cell cell) {
		BillingShare share = results.billingShare();
		return (share == null) ? Optional.empty()
				: Optional.of(share.share() * cell.proxyMicrosPerRequest() + cell.databaseMicrosPerRequest());
	}

	private static Optional<Double> ratio(Optional<Double> of, Optional<Double> to) {
		return of.flatMap((value) -> to.filter((base) -> base > 0).map((base) -> value / base));
	}

	private interface Compared {

		double compare(Cell cell, Cell straight);

	}

	private static Optional<Double> both(Optional<Cell> cell, Optional<Cell> straight, Compared compared) {
		return cell.flatMap((one) -> straight.map((other) -> compared.compare(one, other)));
	}

	private static Target atMost(String what, double limit, String unit, Optional<Double> measured) {
		return of(what, "≤ " + number(limit) + " " + unit, measured, measured.map((value) -> value <= limit));
	}

	private static Target atLeast(String what, double limit, String unit, Optional<Double> measured) {
		return of(what, "≥ " + number(limit) + " " + unit, measured, measured.map((value) -> value >= limit));
	}

	private static Target of(String what, String limit, Optional<Double> measured, Optional<Boolean> kept) {
		return new Target(what, limit, measured.map(Target::number).orElse(null), kept.orElse(null));
	}

	private static String number(double value) {
		return String.format(Locale.ROOT, (Math.abs(value) >= 100) ? "%.0f" : "%.2f", value);
	}

	/** Returns pass, MISS, or that it was not measured. */
	String verdict() {
		Boolean known = this.kept;
		return (known == null) ? "not measured" : known ? "pass" : "MISS";
	}

}
