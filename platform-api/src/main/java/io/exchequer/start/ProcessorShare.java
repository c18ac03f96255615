package io.exchequer.start;

import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.util.StringUtils;

/**
 * Leaves half of the processors to an embedded PostgreSQL: it works on every request as
 * much as this process does, and where virtual threads may run on all processors, each
 * waits for the other's (see {@code docs/adr/0003}). With a database elsewhere, or where
 * the JDK's property is set already, nothing is changed. Must hear of the environment
 * before the first virtual thread starts, for the JDK reads the property then.
 */
public final class ProcessorShare implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {

	/** The JDK's own property, in processors. */
	static final String PARALLELISM = "jdk.virtualThreadScheduler.parallelism";

	@Override
	public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
		boolean embedded = !StringUtils.hasText(event.getEnvironment().getProperty("spring.datasource.url"));
		if (embedded && System.getProperty(PARALLELISM) == null) {
			System.setProperty(PARALLELISM, Integer.toString(share(Runtime.getRuntime().availableProcessors())));
		}
	}

	/** Returns how many processors virtual threads run on, at least 1. */
	static int share(int processors) {
		return Math.max(1, processors / 2);
	}

}
