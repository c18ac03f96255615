package io.exchequer.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * The part of the platform's CPU time that billing takes. No request goes unbilled, so
 * there is nothing to subtract from; instead the JDK's CPU-time profiler samples the
 * running platform, and a sample is billing's if its stack goes through the billing
 * module, the connection pool or the database's driver.
 *
 * @param samples all samples with a stack
 * @param billing those that are billing's
 * @param file the recording, for a closer look
 */
record BillingShare(long samples, long billing, Path file) {

	private static final List<String> BILLING = List.of("io.exchequer.billing.", "com.zaxxer.hikari.",
			"org.postgresql.");

	private static final String SAMPLE = "jdk.CPUTimeSample";

	double share() {
		return (this.samples == 0) ? 0 : (double) this.billing / this.samples;
	}

	/** Samples a loaded process. */
	static BillingShare sample(long pid, Options options) throws IOException, InterruptedException {
		Path file = options.work().resolve("platform.jfr").toAbsolutePath();
		Path settings = options.work().resolve("profile.jfc").toAbsolutePath();
		Files.writeString(settings, """
				<?xml version="1.0" encoding="UTF-8"?>
				<configuration version="2.0">
					<event name="jdk.CPUTimeSample">
						<setting name="enabled">true</setting>
						<setting name="throttle">2000/s</setting>
					</event>
					<event name="jdk.CPUTimeSamplesLost">
						<setting name="enabled">true</setting>
					</event>
				</configuration>
				""");
		command(options, pid, "JFR.configure", "stackdepth=256");
		command(options, pid, "JFR.start", "name=benchmark", "settings=" + settings);
		TimeUnit.SECONDS.sleep(Math.max(10, options.seconds()));
		command(options, pid, "JFR.stop", "name=benchmark", "filename=" + file);
		return read(file);
	}

	private static void command(Options options, long pid, String... words) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(options.java()).resolveSibling("jcmd").toString(), String.valueOf(pid)));
		command.addAll(List.of(words));
		int status = new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(options.work().resolve("jcmd.log").toFile()))
			.start()
			.waitFor();
		if (status != 0) {
			throw new IllegalStateException(String.join(" ", command) + " ended with " + status);
		}
	}

	/** Reads a recording of CPU time samples. */
	static BillingShare read(Path file) throws IOException {
		long samples = 0;
		long billing = 0;
		try (RecordingFile recording = new RecordingFile(file)) {
			while (recording.hasMoreEvents()) {
				RecordedEvent event = recording.readEvent();
				if (event.getEventType().getName().equals(SAMPLE) && event.getStackTrace() != null) {
					samples++;
					billing += isBilling(event.getStackTrace()) ? 1 : 0;
				}
			}
		}
		return new BillingShare(samples, billing, file);
	}

	private static boolean isBilling(@Nullable RecordedStackTrace stack) {
		return stack != null && stack.getFrames().stream().anyMatch(BillingShare::isBilling);
	}

	private static boolean isBilling(RecordedFrame frame) {
		String type = frame.getMethod().getType().getName();
		return BILLING.stream().anyMatch(type::startsWith);
	}

}
