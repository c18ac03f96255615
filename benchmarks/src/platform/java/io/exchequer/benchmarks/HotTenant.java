package io.exchequer.benchmarks;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

import io.exchequer.ExchequerApplication;
import io.exchequer.billing.Admission;
import io.exchequer.billing.BillingService;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.Settlement;
import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.PriceCard;
import io.exchequer.tenancy.IdentitySnapshot.Authentication;
import io.exchequer.tenancy.KeyIdentity;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Holds and settles for one tenant as fast as its balances allow, from 64 threads of the
 * platform's own process, without HTTP. It runs on the data directory that the platform
 * was configured in. Compiled against the packaged platform by the script.
 */
final class HotTenant {

	private static final int THREADS = 64;

	private static final int WARM_UP_SECONDS = 10;

	private static final long WORST_CASE_NANOS = 1_000_000;

	private static final long WORST_CASE_TOKENS = 1_300;

	private static final TokenUsage USAGE = TokenUsage
		.of(Map.of(UsageBucket.INPUT, 241L, UsageBucket.OUTPUT, 180L, UsageBucket.REQUEST, 1L));

	private final BillingService billing;

	private final Configuration configuration;

	private final ChargeTo chargeTo;

	private final Deployment deployment;

	private final PriceCard priceCard;

	private final LongAdder settled = new LongAdder();

	private final AtomicBoolean stopped = new AtomicBoolean();

	private HotTenant(ConfigurableApplicationContext context, String key) {
		this.billing = context.getBean(BillingService.class);
		this.configuration = context.getBean(ConfigurationSource.class).refresh();
		KeyIdentity identity = switch (this.configuration.identity().authenticate(key, Instant.now())) {
			case Authentication.Accepted accepted -> accepted.identity();
			case Authentication other -> throw new IllegalStateException("The benchmark's key is " + other);
		};
		this.chargeTo = new ChargeTo(identity.tenant(), identity.team(), identity.project(), identity.key(),
				identity.costCentre(), "chat", identity.tags(), null, null);
		this.deployment = this.configuration.routing().registry().deployments().getFirst();
		this.priceCard = this.configuration.routing()
			.registry()
			.priceCard(this.deployment.id(), Instant.now())
			.orElseThrow();
	}

	/** Expects the virtual key and the seconds to measure. */
	public static void main(String[] args) throws InterruptedException {
		int seconds = Integer.parseInt(args[1]);
		try (ConfigurableApplicationContext context = SpringApplication.run(ExchequerApplication.class)) {
			double perSecond = new HotTenant(context, args[0]).measure(seconds);
			System.out.println("admissions_per_second=" + perSecond);
		}
	}

	private double measure(int seconds) throws InterruptedException {
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			for (int i = 0; i < THREADS; i++) {
				threads.submit(this::work);
			}
			TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
			long before = this.settled.sum();
			long began = System.nanoTime();
			TimeUnit.SECONDS.sleep(seconds);
			double perSecond = (this.settled.sum() - before) * 1e9 / (System.nanoTime() - began);
			this.stopped.set(true);
			return perSecond;
		}
	}

	private void work() {
		try {
			while (!this.stopped.get()) {
				admitAndSettle();
				this.settled.increment();
			}
		}
		catch (RuntimeException ex) {
			System.err.println("A thread of the hot tenant's load ended: " + ex);
			throw ex;
		}
	}

	private void admitAndSettle() {
		Instant now = Instant.now();
		HoldRequest request = new HoldRequest(UUID.randomUUID(), UUID.randomUUID(), 1, this.chargeTo, this.deployment,
				this.priceCard, WORST_CASE_NANOS, WORST_CASE_TOKENS, false, this.configuration.routing().budgets(),
				now);
		switch (this.billing.admit(request)) {
			case Admission.Granted(Hold hold) -> this.billing
				.settle(new Settlement(hold, USAGE, null, "default", null, null, null, Instant.now()));
			case Admission refused -> throw new IllegalStateException("Not admitted: " + refused);
		}
	}

}
