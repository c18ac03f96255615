package io.exchequer.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/** Starts the hot tenant's driver and reads what it measured. */
final class HotTenantRun {

	private static final String RESULT = "admissions_per_second=";

	private static final String DRIVER = "io.exchequer.benchmarks.HotTenant";

	private HotTenantRun() {
	}

	/**
	 * Runs the driver on the data directory of a platform that has been stopped.
	 * @return admissions with their settlements in a second, or null without a driver
	 */
	static @Nullable Double measure(Options options, Processes processes, String key)
			throws IOException, InterruptedException {
		Path classes = options.hotTenantClasses();
		if (classes == null) {
			return null;
		}
		Path unpacked = options.work().resolve("unpacked");
		List<String> command = new ArrayList<>(List.of(options.java()));
		command.addAll(options.jvmOptions());
		command.addAll(List.of("-cp",
				String.join(File.pathSeparator, classes.toString(), unpacked + "/*", unpacked + "/lib/*"), DRIVER, key,
				String.valueOf(options.seconds())));
		Process driver = processes.logged("hot-tenant", command, Platform.environment(options, Nginx.freePort()));
		int status = driver.waitFor();
		String said = Files.readString(processes.log("hot-tenant"), StandardCharsets.UTF_8);
		return said.lines()
			.filter((line) -> line.startsWith(RESULT))
			.map((line) -> Double.valueOf(line.substring(RESULT.length())))
			.findFirst()
			.orElseThrow(() -> new IllegalStateException("The hot tenant's driver ended with " + status + ": "
					+ said.substring(Math.max(0, said.length() - 2_000))));
	}

}
