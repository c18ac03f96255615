package io.exchequer.gateway;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/**
 * The gateway's metrics. Labels are the route and the status, both of a bounded kind; a
 * client that went away counts as status 499.
 */
final class GatewayMetrics {

	/** The status on the metrics of a request whose client went away. */
	static final int CLIENT_GONE = 499;

	private static final Duration[] BOUNDS = { Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofMillis(250),
			Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofMinutes(2) };

	private final MeterRegistry registry;

	private final AtomicInteger inFlight = new AtomicInteger();

	private final Map<Key, Timer> timers = new ConcurrentHashMap<>();

	GatewayMetrics(MeterRegistry registry, BodyMemory memory, GatewaySettings settings) {
		this.registry = registry;
		Gauge.builder("exchequer.gateway.inflight", this.inFlight, AtomicInteger::doubleValue)
			.description("Requests that are being answered")
			.register(registry);
		Gauge.builder("exchequer.gateway.body.memory.used", memory, BodyMemory::used)
			.description("Memory that bodies in flight take")
			.baseUnit("bytes")
			.register(registry);
		Gauge.builder("exchequer.gateway.body.memory.max", settings, (from) -> from.bodyMemory().toBytes())
			.description("Memory that bodies in flight may take")
			.baseUnit("bytes")
			.register(registry);
	}

	void begin() {
		this.inFlight.incrementAndGet();
	}

	void end(Route route, int status, long nanos) {
		this.inFlight.decrementAndGet();
		this.timers.computeIfAbsent(new Key(route, status), this::timer).record(nanos, TimeUnit.NANOSECONDS);
	}

	private Timer timer(Key key) {
		return Timer.builder("exchequer.gateway.requests")
			.description("Requests to the AI APIs, to the end of their answer")
			.tag("route", key.route().label())
			.tag("status", Integer.toString(key.status()))
			.serviceLevelObjectives(BOUNDS)
			.register(this.registry);
	}

	private record Key(Route route, int status) {
	}

}
