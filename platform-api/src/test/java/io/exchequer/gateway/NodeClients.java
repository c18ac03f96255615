package io.exchequer.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

import tools.jackson.databind.json.JsonMapper;

/**
 * The Node clients of {@code src/test/node}: installed below {@code target}, so that
 * nothing is written among the sources, and run file by file.
 */
final class NodeClients {

	private static final Path SOURCES = Path.of("src", "test", "node");

	private static final Path HOME = Path.of("target", "node-clients");

	private static final Path INSTALLED = HOME.resolve("node_modules").resolve(".installed");

	private static final Duration INSTALLING_MAX = Duration.ofMinutes(5);

	private static final Duration FILE_MAX = Duration.ofMinutes(3);

	/** What would lead a client elsewhere, or change how Node runs it. */
	private static final List<String> WITHHELD = List.of("EXCHEQUER_", "OPENAI_", "ANTHROPIC_", "LANGCHAIN_",
			"LANGSMITH_", "AI_", "NODE_OPTIONS", "NODE_TEST_");

	private NodeClients() {
	}

	/**
	 * Copies the sources and installs the clients of the lock file, where they are not
	 * installed yet.
	 * @throws IllegalStateException if there is no npm, or it fails
	 */
	static void install() throws IOException {
		Files.createDirectories(HOME);
		List<Path> sources = sources();
		for (Path source : sources) {
			Files.copy(source, HOME.resolve(source.getFileName()), StandardCopyOption.REPLACE_EXISTING);
		}
		String wanted = digest(SOURCES.resolve("package.json"), SOURCES.resolve("package-lock.json"));
		if (Files.exists(INSTALLED) && Files.readString(INSTALLED).equals(wanted)) {
			return;
		}
		Ended ended = run(HOME.resolve("npm.log"), INSTALLING_MAX, (environment) -> {
		}, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
		if (ended.status() != 0) {
			throw new IllegalStateException("npm ci failed in " + HOME + ":\n" + ended.output());
		}
		Files.writeString(INSTALLED, wanted);
	}

	/** Returns the names of the files with cases, in alphabetical order. */
	static List<String> files() throws IOException {
		return sources().stream()
			.map((source) -> source.getFileName().toString())
			.filter((name) -> name.endsWith(".test.js"))
			.sorted()
			.toList();
	}

	/** Runs a file to its end, and returns what became of its cases. */
	static Run run(String file, Map<String, String> variables) {
		try {
			Path cases = HOME.resolve(file + ".cases");
			Files.deleteIfExists(cases);
			Ended ended = run(HOME.resolve(file + ".log"), FILE_MAX, (environment) -> {
				environment.keySet().removeIf((name) -> WITHHELD.stream().anyMatch(name::startsWith));
				environment.putAll(variables);
			}, "node", "--test-reporter=./reporter.js", "--test-reporter-destination=" + cases.getFileName(), file);
			List<Case> told = Files.exists(cases) ? Files.readAllLines(cases)
				.stream()
				.map((line) -> JsonMapper.shared().readValue(line, Case.class))
				.toList() : List.of();
			return new Run(told, ended);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static List<Path> sources() throws IOException {
		try (Stream<Path> files = Files.list(SOURCES)) {
			return files.filter(Files::isRegularFile).toList();
		}
	}

	private static Ended run(Path output, Duration longest, Consumer<Map<String, String>> environment,
			String... command) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(command).directory(HOME.toFile())
			.redirectErrorStream(true)
			.redirectOutput(output.toFile());
		environment.accept(builder.environment());
		Process process = start(builder);
		try {
			process.getOutputStream().close();
			boolean ended = process.waitFor(longest.toSeconds(), TimeUnit.SECONDS);
			String printed = Files.readString(output);
			return ended ? new Ended(process.exitValue(), printed)
					: new Ended(-1, printed + "\nIt had not ended after " + longest + ".");
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
		finally {
			process.descendants().forEach(ProcessHandle::destroyForcibly);
			process.destroyForcibly();
		}
	}

	private static Process start(ProcessBuilder builder) {
		try {
			return builder.start();
		}
		catch (IOException ex) {
			throw new IllegalStateException(builder.command().getFirst()
					+ " cannot be started: the tests of the Node clients need Node 20 or newer, with npm, on the PATH",
					ex);
		}
	}

	private static String digest(Path... files) throws IOException {
		try {
			MessageDigest digest = MessageDigest.getInstance("SHA-256");
			for (Path file : files) {
				digest.update(Files.readString(file).getBytes(StandardCharsets.UTF_8));
			}
			return HexFormat.of().formatHex(digest.digest());
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A case, as {@code reporter.js} tells of it.
	 *
	 * @param name its name, behind those it is nested in
	 * @param passed whether it passed; a skipped one does too
	 * @param skipped whether it was not run, or may fail
	 * @param failure why it failed, or an empty text
	 */
	record Case(String name, boolean passed, boolean skipped, String failure) {
	}

	/**
	 * How a process ended.
	 *
	 * @param status its exit status; -1 where it had to be ended
	 * @param output everything it printed
	 */
	record Ended(int status, String output) {
	}

	/**
	 * What became of a file.
	 *
	 * @param cases its cases, in the order in which they ended
	 * @param ended how Node ended
	 */
	record Run(List<Case> cases, Ended ended) {
	}

}
