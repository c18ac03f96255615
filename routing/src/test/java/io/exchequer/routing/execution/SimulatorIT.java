package io.exchequer.routing.execution;

import java.util.Map;

import io.exchequer.routing.RoutingPolicy.OnSoftLimit;
import io.exchequer.routing.RoutingService.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The whole path over the built-in simulator.
 */
class SimulatorIT {

	private final RoutingWorld world = new RoutingWorld();

	@AfterEach
	void leavesNoHold() {
		try (this.world) {
			assertThat(this.world.openHolds()).isEmpty();
			assertThat(this.world.held()).isZero();
		}
	}

	@Test
	void billsAStreamLikeTheWholeAnswerToTheSameRequest() {
		this.world.simulator("demo", Map.of());
		this.world.budget(1_000_000_000L, null);
		RecordingSink whole = RecordingSink.patient();
		RecordingSink streamed = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.chat("demo"), whole)).isInstanceOf(Outcome.Answered.class);
		assertThat(this.world.serve(RoutingWorld.streamed("demo"), streamed)).isInstanceOf(Outcome.Answered.class);
		assertThat(streamed.body()).endsWith("data: [DONE]\n\n").doesNotContain("\"usage\":{");
		assertThat(this.world.ledger()).hasSize(2);
		assertThat(this.world.ledger().getFirst()).isEqualTo(this.world.ledger().getLast());
		assertThat(this.world.ledger().getFirst()).doesNotContain("-");
	}

	@ParameterizedTest
	@CsvSource({ "429,429,upstream_rate_limited", "500,502,upstream_error", "503,503,upstream_overloaded",
			"reset,502,upstream_unreachable", "html,502,upstream_broken_answer",
			"broken_json,502,upstream_broken_answer", "timeout,504,upstream_timeout" })
	void tellsEachChosenErrorByItsOwnCode(String chosen, int status, String code) {
		this.world.simulator("demo", Map.of());
		String request = RoutingWorld.chat("demo")
			.replace("\"messages\"", "\"metadata\":{\"demo_error\":\"" + chosen + "\"},\"messages\"");
		assertThat(this.world.serve(request, RecordingSink.patient())).isInstanceOfSatisfying(Outcome.Refused.class,
				(refused) -> {
					assertThat(refused.error().status()).isEqualTo(status);
					assertThat(refused.error().code()).isEqualTo(code);
				});
	}

	@Test
	void breaksAStreamOffInTheOpen() {
		this.world.simulator("demo", Map.of());
		String request = RoutingWorld.streamed("demo")
			.replace("\"messages\"", "\"metadata\":{\"demo_error\":\"broken_stream\"},\"messages\"");
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(request, client)).isInstanceOf(Outcome.BrokenOff.class);
		assertThat(client.body()).contains("\"error\"").doesNotContain("[DONE]");
		assertThat(this.world.ledger()).singleElement().asString().startsWith("-/-").contains(" upstream_");
	}

	@Test
	void answersEveryRequestWhileOneDeploymentKeepsFailing() {
		this.world.simulator("flaky", Map.of("failEvery", "2"));
		this.world.simulator("steady", Map.of());
		this.world.policy("weighted", OnSoftLimit.WARN, "flaky", "steady");
		for (int i = 0; i < 30; i++) {
			assertThat(this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient()))
				.isInstanceOf(Outcome.Answered.class);
		}
		assertThat(this.world.ledger()).hasSize(30);
		assertThat(this.world.decisions()).hasSize(30);
	}

}
