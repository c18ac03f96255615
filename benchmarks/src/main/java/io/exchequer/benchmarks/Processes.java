package io.exchequer.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the run has started: every process is noted in a file, so that the script can end
 * what is left should the run itself be killed, and ended in reverse order at the end.
 */
final class Processes implements AutoCloseable {

	private static final Duration GRACE = Duration.ofSeconds(20);

	private final Path noted;

	private final Path logs;

	private final List<Process> started = Collections.synchronizedList(new ArrayList<>());

	/**
	 * Starts with nothing.
	 * @param work where the file of processes and their output go
	 */
	Processes(Path work) {
		this.noted = work.resolve("pids");
		this.logs = work;
		Runtime.getRuntime().addShutdownHook(new Thread(this::close));
	}

	/** Starts a process whose standard input and output are the run's to use. */
	Process piped(String name, List<String> command) {
		return start(name, command, Map.of(), ProcessBuilder.Redirect.PIPE);
	}

	/** Starts a process that writes to {@code <name>.log}. */
	Process logged(String name, List<String> command, Map<String, String> environment) {
		return start(name, command, environment, ProcessBuilder.Redirect.appendTo(log(name).toFile()));
	}

	/** Returns where a process writes to. */
	Path log(String name) {
		return this.logs.resolve(name + ".log");
	}

	private Process start(String name, List<String> command, Map<String, String> environment,
			ProcessBuilder.Redirect output) {
		ProcessBuilder builder = new ProcessBuilder(command)
			.redirectError(ProcessBuilder.Redirect.appendTo(log(name).toFile()))
			.redirectOutput(output);
		builder.environment().putAll(environment);
		try {
			Process process = builder.start();
			this.started.add(process);
			note(process.pid());
			return process;
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Could not start " + name, ex);
		}
	}

	/** Notes a process that another one has started. */
	void note(long pid) {
		try {
			Files.writeString(this.noted, pid + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Ends a process: first politely, then not. */
	static void end(ProcessHandle process) {
		process.destroy();
		try {
			process.onExit().get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (Exception ex) {
			process.destroyForcibly();
		}
	}

	@Override
	public void close() {
		List<Process> all = new ArrayList<>(this.started);
		Collections.reverse(all);
		all.stream().filter(Process::isAlive).forEach((process) -> end(process.toHandle()));
	}

	/**
	 * Ends this process when its standard input ends, that is, with whoever started it.
	 */
	static void endWithStandardInput() {
		Thread.ofPlatform().daemon().start(() -> {
			try {
				while (System.in.read() >= 0) {
					Thread.onSpinWait();
				}
			}
			catch (IOException ex) {
				// it has ended all the same
			}
			Runtime.getRuntime().halt(0);
		});
	}

}
