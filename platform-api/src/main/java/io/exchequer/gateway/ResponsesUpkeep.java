package io.exchequer.gateway;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Drops stored answers that are too old, once an hour. */
final class ResponsesUpkeep implements AutoCloseable {

	private final ScheduledExecutorService scheduler = Executors
		.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("stored-responses").factory());

	ResponsesUpkeep(StoredResponses responses) {
		this.scheduler.scheduleWithFixedDelay(responses::tidy, 1, 60, TimeUnit.MINUTES);
	}

	@Override
	public void close() {
		this.scheduler.shutdownNow();
	}

}
