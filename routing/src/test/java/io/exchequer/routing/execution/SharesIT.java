package io.exchequer.routing.execution;

import java.util.List;
import java.util.Objects;
import java.util.UUID;

import io.exchequer.billing.ReserveShare;
import io.exchequer.billing.Reserves;
import io.exchequer.billing.ledger.JdbcReserves;
import io.exchequer.kernel.Money;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.CostBounds;
import io.exchequer.routing.CostBounds.Bound;
import io.exchequer.routing.RoutingPolicy.OnSoftLimit;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.RoutingService.Verdict;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A request of a batch: its cost is bounded and set aside before its turn comes.
 */
class SharesIT {

	private final RoutingWorld world = new RoutingWorld();

	private final Reserves reserves = new JdbcReserves(this.world.database.gateway(2));

	private final ScriptedUpstream good = ScriptedUpstream
		.replying(ScriptedUpstream.json(200, ScriptedUpstream.answer("fine", 10, 5)));

	private final ScriptedUpstream busy = ScriptedUpstream.replying(ScriptedUpstream.json(503, "{}"));

	private final UUID reserve = UUID.randomUUID();

	@AfterEach
	void leavesNothingHeld() {
		try (this.world; this.good; this.busy) {
			this.reserves.release(this.world.tenant, this.reserve);
			assertThat(this.world.openHolds()).isEmpty();
			assertThat(this.world.held()).isZero();
		}
	}

	@Test
	void boundsARequestByTheDearestDeploymentOfItsRoute() {
		this.world.deployment("cheap", this.good);
		this.world.deployment("dear", this.good);
		this.world.registry.price("cheap", "0.01", "0.01");
		this.world.policy("ordered", OnSoftLimit.WARN, "cheap", "dear");
		this.world.budget(1_000_000_000L, null);
		String body = RoutingWorld.chat("auto");
		long dearest = this.world.explain(body)
			.verdicts()
			.stream()
			.map(Verdict::worstCase)
			.filter(Objects::nonNull)
			.mapToLong(Money::nanos)
			.max()
			.orElseThrow();
		assertThat(this.world.bound(body)).isInstanceOfSatisfying(Bound.Bounded.class, (bounded) -> {
			assertThat(bounded.deployment().name()).isEqualTo("cheap");
			assertThat(bounded.nanos()).isEqualTo(dearest);
		});
	}

	@Test
	void refusesToBoundWhatWouldBeRefused() {
		this.world.deployment("a", this.good);
		this.world.budget(1_000_000_000L, null);
		assertThat(this.world.bound(RoutingWorld.chat("nobody"))).isInstanceOfSatisfying(Bound.Refused.class,
				(refused) -> assertThat(refused.error().code()).isEqualTo("model_not_found"));
		assertThat(this.world.bound(
				"{\"model\":\"a\",\"web_search_options\":{},\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"))
			.isInstanceOfSatisfying(Bound.Refused.class,
					(refused) -> assertThat(refused.error().code()).isEqualTo("unbounded_cost"));
	}

	@Test
	void fallsBackWithWhatTheFirstAttemptHeldThoughNothingElseIsLeft() {
		this.world.deployment("first", this.busy);
		this.world.deployment("second", this.good);
		this.world.policy("ordered", OnSoftLimit.WARN, "first", "second");
		Bound.Bounded bound = (Bound.Bounded) this.world.bound(RoutingWorld.chat("auto"));
		this.world.budget(bound.nanos(), null);
		AiRequest request = reserved();
		assertThat(this.world.held()).isEqualByComparingTo(Long.toString(bound.nanos()));
		assertThat(this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient())).isInstanceOfSatisfying(
				Outcome.Refused.class, (refused) -> assertThat(refused.error().code()).isEqualTo("budget_exceeded"));
		assertThat(this.world.serve(request, RecordingSink.patient())).isInstanceOf(Outcome.Answered.class);
		assertThat(this.busy.bodies()).isNotEmpty();
		assertThat(this.world.ledger()).singleElement().asString().startsWith("10/5 ");
		assertThat(this.world.held()).isZero();
	}

	@Test
	void callsNothingForAShareThatIsGone() {
		this.world.deployment("a", this.good);
		this.world.policy("ordered", OnSoftLimit.WARN, "a");
		this.world.budget(1_000_000_000L, null);
		AiRequest request = reserved();
		assertThat(this.world.serve(request, RecordingSink.patient())).isInstanceOf(Outcome.Answered.class);
		AiRequest again = this.world.request(RoutingWorld.chat("auto"))
			.drawing(Objects.requireNonNull(request.share()));
		assertThat(this.world.serve(again, RecordingSink.patient())).isInstanceOfSatisfying(Outcome.Refused.class,
				(refused) -> {
					assertThat(refused.error().code()).isEqualTo(CostBounds.SHARE_GONE);
					assertThat(refused.attempts()).isZero();
				});
		assertThat(this.good.bodies()).hasSize(1);
	}

	@Test
	void leavesAQuarterOfTheDeploymentsPlacesToOthers() {
		DeploymentStates states = new DeploymentStates(
				DeploymentStates.circuitBreakers(RoutingWorld.SETTINGS, RoutingWorld.CLOCK),
				BulkheadRegistry.ofDefaults(), RetryRegistry.ofDefaults(), RoutingWorld.SETTINGS, RoutingWorld.CLOCK);
		this.world.deployment("a", this.good);
		this.world.settings("a",
				(settings) -> new DeploymentSettings(settings.connectTimeout(), settings.firstByteTimeout(),
						settings.idleTimeout(), settings.totalTimeout(), 4, settings.retries(), settings.onDisconnect(),
						settings.options()));
		DeploymentState state = states.of(this.world.registry.get("a"));
		for (int taken = 0; taken < 3; taken++) {
			assertThat(state.isFullForBatches()).as("%d of 4 places are taken", taken).isFalse();
			assertThat(state.acquire(0)).isNull();
		}
		assertThat(state.isFullForBatches()).isTrue();
		assertThat(state.acquire(0)).as("an online request's").isNull();
	}

	private AiRequest reserved() {
		AiRequest request = this.world.request(RoutingWorld.chat("auto"));
		Bound.Bounded bound = (Bound.Bounded) this.world.bound(RoutingWorld.chat("auto"));
		UUID part = UUID.randomUUID();
		this.reserves.addShares(this.world.tenant, this.reserve, List.of(new Reserves.Share(1, part, bound.nanos())));
		assertThat(this.reserves.reserve(new Reserves.Request(this.reserve, request.chargeTo(),
				List.of(new Reserves.Part(part, bound.deployment(), bound.priceCard())),
				this.world.configuration().budgets(), RoutingWorld.CLOCK.instant())))
			.isEqualTo(new Reserves.Outcome.Reserved());
		return request.drawing(new ReserveShare(this.reserve, part, 1, bound.nanos(), RoutingWorld.CLOCK.instant()));
	}

}
