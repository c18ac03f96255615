package io.exchequer.start;

import java.time.Duration;

import io.exchequer.discovery.Discovery;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Has the platform look around, on the embedded database only, and after the first
 * start's work: what that makes comes first. Servers are asked in the background, so that
 * none of them keeps the platform from being ready.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
class DiscoveryStart implements ApplicationRunner, DisposableBean {

	private static final Logger logger = LoggerFactory.getLogger(DiscoveryStart.class);

	private static final Duration END_WAIT = Duration.ofSeconds(10);

	private final Discovery discovery;

	private final PlatformDatabase database;

	private final Environment environment;

	private @Nullable Thread looking;

	DiscoveryStart(Discovery discovery, PlatformDatabase database, Environment environment) {
		this.discovery = discovery;
		this.database = database;
		this.environment = environment;
	}

	@Override
	public void run(ApplicationArguments arguments) {
		if (this.database.directory() == null || !this.discovery.isEnabled()) {
			return;
		}
		int ownPort = this.environment.getRequiredProperty("local.server.port", Integer.class);
		this.discovery.lookIntoEnvironment(ownPort);
		this.looking = Thread.ofVirtual().name("discovery").start(() -> lookAround(ownPort));
	}

	private void lookAround(int ownPort) {
		try {
			this.discovery.lookAround(ownPort);
		}
		catch (InterruptedException ex) {
			logger.info("The platform ends before it has looked around");
		}
		catch (RuntimeException ex) {
			logger.warn("The platform could not look around", ex);
		}
	}

	@Override
	public void destroy() throws InterruptedException {
		if (this.looking != null) {
			this.looking.interrupt();
			this.looking.join(END_WAIT);
		}
	}

}
