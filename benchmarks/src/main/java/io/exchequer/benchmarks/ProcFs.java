package io.exchequer.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux tells of processes under {@code /proc}. */
final class ProcFs {

	/** Linux's clock tick is 10 ms on every architecture the JDK runs on. */
	private static final long TICK_MICROS = 10_000;

	private static final Path PROC = Path.of("/proc");

	private ProcFs() {
	}

	/**
	 * Returns the CPU time of a process and of its children, those that have ended and
	 * been waited for included, in microseconds; 0 for a process that is gone.
	 */
	static long cpuMicrosOfTree(long pid) {
		return ProcessHandle.of(pid)
			.map((root) -> cpuMicros(pid, true)
					+ root.descendants().mapToLong((child) -> cpuMicros(child.pid(), true)).sum())
			.orElse(0L);
	}

	/** Returns the CPU time of a process alone, in microseconds; 0 if it is gone. */
	static long cpuMicros(long pid) {
		return cpuMicros(pid, false);
	}

	private static long cpuMicros(long pid, boolean withEnded) {
		try {
			return cpuTicks(Files.readString(PROC.resolve(pid + "/stat")), withEnded) * TICK_MICROS;
		}
		catch (IOException ex) {
			return 0;
		}
	}

	/**
	 * Reads the ticks from the text of a {@code stat} file.
	 * @param withEnded whether to add those of ended children
	 */
	static long cpuTicks(String stat, boolean withEnded) {
		// The name, in parentheses, may itself have blanks and parentheses.
		String[] fields = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ");
		int userTime = 11;
		int count = withEnded ? 4 : 2;
		long ticks = 0;
		for (int i = 0; i < count; i++) {
			ticks += Long.parseLong(fields[userTime + i]);
		}
		return ticks;
	}

	/** Returns the CPU time that the whole machine has spent working, in microseconds. */
	static long machineBusyMicros() {
		String[] fields = read(PROC.resolve("stat")).lines().findFirst().orElseThrow().split("\\s+");
		long ticks = 0;
		for (int i = 1; i < Math.min(fields.length, 9); i++) {
			boolean idle = i == 4 || i == 5;
			ticks += idle ? 0 : Long.parseLong(fields[i]);
		}
		return ticks * TICK_MICROS;
	}

	/** Returns the resident memory of a process in KiB, 0 if it is gone. */
	static long residentKib(long pid) {
		try {
			return Files.readString(PROC.resolve(pid + "/status"))
				.lines()
				.filter((line) -> line.startsWith("VmRSS:"))
				.mapToLong((line) -> Long.parseLong(line.replaceAll("\\D", "")))
				.findFirst()
				.orElse(0);
		}
		catch (IOException ex) {
			return 0;
		}
	}

	private static String read(Path path) {
		try {
			return Files.readString(path);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
