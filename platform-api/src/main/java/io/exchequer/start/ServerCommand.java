package io.exchequer.start;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs PostgreSQL's own programs on one cluster.
 */
final class ServerCommand {

	private static final int PID_LINE = 0;

	private static final int PORT_LINE = 3;

	private final Path home;

	private final Path parent;

	private final boolean root;

	/**
	 * Runs the programs of {@code home} on the cluster in {@code parent}.
	 * @param root whether this process is the super-user's, as whom PostgreSQL refuses to
	 * run
	 */
	ServerCommand(Path home, Path parent, boolean root) {
		this.home = home;
		this.parent = parent;
		this.root = root;
	}

	/** Returns the cluster's directory. */
	Path cluster() {
		return this.parent.resolve("data");
	}

	/** Creates a cluster. */
	void initialise(Path cluster, String user, Path passwordFile) throws IOException {
		run("initdb", "--pgdata=" + cluster, "--username=" + user, "--pwfile=" + passwordFile, "--auth=scram-sha-256",
				"--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C");
	}

	/** Starts the server in a session of its own, and waits until it answers. */
	void start(Duration patience) throws IOException {
		removeStaleLock();
		run("pg_ctl", "start", "--pgdata=" + cluster(), "--wait", "--timeout=" + patience.toSeconds(),
				"--log=" + this.parent.resolve("start.log"));
	}

	/** Stops the server, if it runs, and waits for its end. */
	void stop(Duration patience) throws IOException {
		if (running().isPresent()) {
			run("pg_ctl", "stop", "--pgdata=" + cluster(), "--wait", "--timeout=" + patience.toSeconds(),
					"--mode=fast");
		}
	}

	/**
	 * Refuses a cluster of another major version.
	 */
	void checkVersion() throws IOException {
		String cluster = Files.readString(cluster().resolve("PG_VERSION")).strip();
		String programs = run("postgres", "--version").replaceAll("(?s).*PostgreSQL\\) (\\d+).*", "$1");
		if (!cluster.equals(programs)) {
			throw new StartException(
					"The data in " + cluster() + " is PostgreSQL " + cluster + "'s, the embedded one is " + programs,
					"Move it with pg_dump and pg_restore, or start the release of the platform that wrote it.");
		}
	}

	/** A server that runs on this cluster. */
	record Running(long process, int port) {
	}

	/** Returns the server that runs on this cluster, if there is one. */
	Optional<Running> running() throws IOException {
		List<String> lines = lockLines();
		if (lines.size() <= PORT_LINE || lines.get(PORT_LINE).isBlank()) {
			return Optional.empty();
		}
		long process = Long.parseLong(lines.get(PID_LINE).strip());
		if (!isPostgres(process)) {
			return Optional.empty();
		}
		return Optional.of(new Running(process, Integer.parseInt(lines.get(PORT_LINE).strip())));
	}

	private List<String> lockLines() throws IOException {
		try {
			return Files.readAllLines(cluster().resolve("postmaster.pid"));
		}
		catch (NoSuchFileException ex) {
			return List.of();
		}
	}

	/**
	 * Whether a process lives, and is not a stranger that was given a dead server's
	 * number.
	 */
	private static boolean isPostgres(long process) {
		return ProcessHandle.of(process).filter(ProcessHandle::isAlive).filter((it) -> !isStranger(it)).isPresent();
	}

	private static boolean isStranger(ProcessHandle process) {
		return process.info().command().map((command) -> !Path.of(command).endsWith("postgres")).orElse(false);
	}

	/**
	 * PostgreSQL would take a stranger that was given its dead server's process number
	 * for a server that still runs. A dead number is left to PostgreSQL, which also looks
	 * for that server's orphans.
	 */
	private void removeStaleLock() throws IOException {
		List<String> lines = lockLines();
		if (!lines.isEmpty() && ProcessHandle.of(Long.parseLong(lines.get(PID_LINE).strip()))
			.filter(ServerCommand::isStranger)
			.isPresent()) {
			Files.deleteIfExists(cluster().resolve("postmaster.pid"));
		}
	}

	private String run(String program, String... arguments) throws IOException {
		List<String> command = new ArrayList<>();
		if (this.root) {
			// A user namespace in which the super-user is nobody in particular.
			command.addAll(List.of("unshare", "--user"));
		}
		command.add(this.home.resolve("bin").resolve(program).toString());
		command.addAll(List.of(arguments));
		Path output = this.parent.resolve(program + ".out");
		ProcessBuilder builder = new ProcessBuilder(command).directory(this.parent.toFile())
			.redirectErrorStream(true)
			.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
			.redirectOutput(output.toFile());
		builder.environment().keySet().removeIf((name) -> name.startsWith("PG"));
		builder.environment().put("LC_ALL", "C");
		int status = waitFor(builder.start());
		String said = Files.readString(output);
		if (status != 0) {
			throw new IOException(program + " ended with status " + status + ": " + said.strip() + advice(said));
		}
		return said;
	}

	private String advice(String said) {
		return (this.root && said.contains("unshare")) ? " (PostgreSQL does not run as root, and this system does not "
				+ "let root open a user namespace: run the platform as another user)" : "";
	}

	private static int waitFor(Process process) throws IOException {
		try {
			return process.waitFor();
		}
		catch (InterruptedException ex) {
			process.destroy();
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted while waiting for PostgreSQL");
		}
	}

}
