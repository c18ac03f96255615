package io.exchequer.benchmarks;

import java.io.IOException;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/** Starts the hot tenant's driver and reads what it measured. */
final class HotTenantRun {

	private HotTenantRun() {
	}

	/**
	 * Returns admissions with their settlements in a second, or null without a driver.
	 */
	static @Nullable Double measure(Options options, Processes processes) throws IOException, InterruptedException {
		Path classes = options.hotTenantClasses();
		if (classes == null) {
			return null;
		}
		return null;
	}

}
