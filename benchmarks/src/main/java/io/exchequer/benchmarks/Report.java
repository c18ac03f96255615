package io.exchequer.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import tools.jackson.databind.json.JsonMapper;

import io.exchequer.benchmarks.Cell.Load;
import io.exchequer.benchmarks.Cell.Way;

/** Writes a run's results: to the console, as Markdown, and as JSON. */
final class Report {

	private static final double OTHERS_SHARE_MAX = 0.1;

	private final Results results;

	private final Instant at = Instant.now();

	Report(Results results) {
		this.results = results;
	}

	/** Returns one cell in one line, for the console while the run goes on. */
	static String line(Cell cell) {
		LoadReport seen = cell.seen();
		String failed = (seen.failures() == 0) ? "" : "  FAILED %d: %s".formatted(seen.failures(), seen.firstFailure());
		String closed = (seen.reconnects() == 0) ? "" : "  reconnected " + seen.reconnects();
		return String.format(Locale.ROOT,
				"%-24s %2d %-10s %8.0f/s  p50 %7.3f ms  p99 %7.3f ms  proxy %6.1f µs  database %6.1f µs  %4d MiB"
						+ "  others %2.0f%%%s%s",
				cell.load().title(), cell.connections(), cell.path().name().toLowerCase(Locale.ROOT), seen.perSecond(),
				seen.p50Nanos() / 1e6, seen.p99Nanos() / 1e6, cell.proxyMicrosPerRequest(),
				cell.databaseMicrosPerRequest(), cell.residentKib() / 1024, 100 * cell.othersShare(), closed, failed);
	}

	/** Prints the tables and writes {@code latest.md} and {@code latest.json}. */
	void write(Path directory) throws IOException {
		String text = markdown();
		System.out.println(text);
		Files.createDirectories(directory);
		Files.writeString(directory.resolve("latest.md"), text);
		Files.writeString(directory.resolve("latest.json"),
				JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(json()) + "\n");
	}

	private String markdown() {
		StringBuilder text = new StringBuilder("# Benchmark of " + this.at + "\n\n");
		machine().forEach((name, value) -> text.append("- ").append(name).append(": ").append(value).append('\n'));
		for (Load load : this.results.options().loads()) {
			text.append("\n## ").append(load.title()).append("\n\n");
			row(text, headings(load));
			row(text, headings(load).stream().map((heading) -> "---").toList());
			this.results.cells().stream().filter((cell) -> cell.load() == load).forEach((cell) -> row(text, row(cell)));
		}
		text.append("\n## Targets\n\n");
		row(text, List.of("what", "target", "measured", "verdict"));
		row(text, List.of("---", "---", "---", "---"));
		for (Target target : Target.of(this.results)) {
			String measured = target.measured();
			row(text, List.of(target.what(), target.limit(), (measured != null) ? measured : "–", target.verdict()));
		}
		notes(text);
		return text.toString();
	}

	private void notes(StringBuilder text) {
		BillingShare share = this.results.billingShare();
		if (share != null) {
			text.append(String.format(Locale.ROOT,
					"%nBilling takes %.1f%% of the platform's CPU time (%d of %d samples).%n", 100 * share.share(),
					share.billing(), share.samples()));
		}
		if (this.results.cells().stream().anyMatch((cell) -> cell.othersShare() > OTHERS_SHARE_MAX)) {
			text.append(
					"\nThe machine was not quiet: see the column others. Latencies and rates suffer from that most.\n");
		}
		long failures = this.results.cells().stream().mapToLong((cell) -> cell.seen().failures()).sum();
		if (failures > 0) {
			text.append("\n**")
				.append(failures)
				.append(" requests failed.** The first failures of each cell are in the JSON.\n");
		}
	}

	private static List<String> headings(Load load) {
		List<String> headings = new ArrayList<>(List.of("connections", "way", "requests/s", "× straight", "× nginx",
				"p50 ms", "p99 ms", "added p50", "added p99", "proxy CPU µs/request", "× nginx",
				"PostgreSQL CPU µs/request", "resident MiB", "others"));
		if (load.streamed()) {
			headings.addAll(List.of("proxy CPU µs/event", "first token p50 ms", "p99 ms", "added p99"));
		}
		return headings;
	}

	private List<String> row(Cell cell) {
		Optional<Cell> straight = this.results.cell(cell.load(), cell.connections(), Way.STRAIGHT);
		Optional<Cell> nginx = this.results.cell(cell.load(), cell.connections(), Way.NGINX);
		LoadReport seen = cell.seen();
		List<String> row = new ArrayList<>();
		row.add(String.valueOf(cell.connections()));
		row.add(cell.path().name().toLowerCase(Locale.ROOT));
		row.add(number("%.0f", seen.perSecond()));
		row.add(straight.map((base) -> number("%.3f", seen.perSecond() / base.seen().perSecond())).orElse(""));
		row.add(nginx.map((base) -> number("%.3f", seen.perSecond() / base.seen().perSecond())).orElse(""));
		row.add(number("%.3f", seen.p50Nanos() / 1e6));
		row.add(number("%.3f", seen.p99Nanos() / 1e6));
		row.add(straight.map((base) -> number("%.3f", cell.addedP50Millis(base))).orElse(""));
		row.add(straight.map((base) -> number("%.3f", cell.addedP99Millis(base))).orElse(""));
		boolean proxied = cell.path() != Way.STRAIGHT;
		row.add(proxied ? number("%.1f", cell.proxyMicrosPerRequest()) : "");
		row.add(proxied
				? nginx.map((base) -> number("%.2f", cell.proxyMicrosPerRequest() / base.proxyMicrosPerRequest()))
					.orElse("")
				: "");
		row.add(cell.path().platform() ? number("%.1f", cell.databaseMicrosPerRequest()) : "");
		row.add(proxied ? String.valueOf(cell.residentKib() / 1024) : "");
		row.add(number("%.0f%%", 100 * cell.othersShare()));
		if (cell.load().streamed()) {
			row.add(proxied ? number("%.2f", cell.proxyMicrosPerEvent()) : "");
			row.add(number("%.3f", seen.firstTokenP50Nanos() / 1e6));
			row.add(number("%.3f", seen.firstTokenP99Nanos() / 1e6));
			row.add(straight.map(cell::addedFirstTokenP99Millis).map((value) -> number("%.3f", value)).orElse(""));
		}
		return row;
	}

	private static void row(StringBuilder text, List<String> cells) {
		text.append("| ").append(String.join(" | ", cells)).append(" |\n");
	}

	private static String number(String format, double value) {
		return String.format(Locale.ROOT, format, value);
	}

	private Map<String, Object> machine() {
		Map<String, Object> machine = new LinkedHashMap<>();
		machine.put("cores", Runtime.getRuntime().availableProcessors());
		machine.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
		machine.put("java", System.getProperty("java.vm.version"));
		machine.put("platform's JVM options", String.join(" ", this.results.options().jvmOptions()));
		machine.put("seconds a cell", this.results.options().seconds());
		machine.put("warm-up seconds", this.results.options().warmUpSeconds());
		return machine;
	}

	private Map<String, Object> json() {
		Map<String, Object> all = new LinkedHashMap<>();
		all.put("at", this.at.toString());
		all.put("machine", machine());
		all.put("cells", this.results.cells());
		BillingShare share = this.results.billingShare();
		if (share != null) {
			all.put("billingShare", share.share());
		}
		Double admissions = this.results.admissionsPerSecond();
		if (admissions != null) {
			all.put("hotTenantAdmissionsPerSecond", admissions);
		}
		all.put("targets", Target.of(this.results));
		return all;
	}

}
