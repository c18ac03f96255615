package io.exchequer.routing.execution;

import java.time.Duration;
import java.util.Map;

import io.exchequer.registry.DeploymentSettings;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.provider.WireServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The whole path over Gemini's wire: Google's SDK and a real ledger.
 */
class GeminiIT {

	private static final String USAGE = """
			"usageMetadata":{"promptTokenCount":11,"candidatesTokenCount":2,"thoughtsTokenCount":3,"totalTokenCount":16}""";

	private static final String FIRST = """
			{"candidates":[{"content":{"parts":[{"text":"Hel"}],"role":"model"},"index":0}],%s,"responseId":"r"}"""
		.formatted(USAGE);

	private static final String LAST = """
			{"candidates":[{"content":{"parts":[{"text":"lo"}],"role":"model"},"finishReason":"STOP","index":0}],\
			%s,"responseId":"r"}""".formatted(USAGE);

	private static final String OVERLOADED = """
			{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}""";

	private final RoutingWorld world = new RoutingWorld();

	private final WireServer upstream = new WireServer();

	@BeforeEach
	void addsTheDeployment() {
		this.world.translated("gemini", "gemini", this.upstream.url());
		this.world.settings("gemini",
				(_) -> new DeploymentSettings(Duration.ofSeconds(2), Duration.ofSeconds(20), Duration.ofSeconds(20),
						Duration.ofSeconds(40), 64, 0, DeploymentSettings.OnDisconnect.DRAIN, Map.of()));
		this.world.budget(1_000_000_000L, null);
	}

	@AfterEach
	void leavesNoHold() {
		try (this.world; this.upstream) {
			assertThat(this.world.openHolds()).isEmpty();
			assertThat(this.world.held()).isZero();
		}
	}

	@Test
	void billsAWholeAndAStreamedAnswerAlikeToTheNanoUnit() {
		this.upstream.thenAnswer(200, "application/json", LAST.replace("\"lo\"", "\"Hello\""))
			.thenStream("data: " + FIRST + "\n\n", "data: " + LAST + "\n\n");
		RecordingSink whole = RecordingSink.patient();
		RecordingSink streamed = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.chat("gemini"), whole)).isInstanceOf(Outcome.Answered.class);
		assertThat(this.world.serve(RoutingWorld.streamed("gemini"), streamed)).isInstanceOf(Outcome.Answered.class);
		assertThat(whole.body()).contains("\"content\":\"Hello\"").contains("\"finish_reason\":\"stop\"");
		assertThat(streamed.body()).contains("\"content\":\"Hel\"").endsWith("data: [DONE]\n\n");
		// The thoughts are in a bucket of their own, at the price of the output.
		assertThat(this.world.ledger()).containsExactly("11/2 61000", "11/2 61000");
		assertThat(this.upstream.requests().getFirst()).contains("\"maxOutputTokens\":4096");
	}

	@Test
	void fallsBackBeforeTheCommitPointWithoutACost() {
		this.world.simulator("demo", Map.of());
		this.world.policy("ordered", RoutingPolicy.OnSoftLimit.WARN, "gemini", "demo");
		this.upstream.thenAnswer(503, "application/json", OVERLOADED);
		RecordingSink sink = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.streamed("auto"), sink)).isInstanceOf(Outcome.Answered.class);
		assertThat(sink.head().deployment()).isEqualTo("demo");
		assertThat(this.world.ledger()).hasSize(1);
	}

	@Test
	void endsABrokenStreamWithAnErrorAndAnEstimate() {
		this.upstream.thenStream("data: " + FIRST + "\n\n");
		RecordingSink sink = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.streamed("gemini"), sink)).isInstanceOf(Outcome.BrokenOff.class);
		assertThat(sink.body()).contains("Hel").contains("\"error\"").doesNotContain("[DONE]");
		assertThat(this.world.ledger()).singleElement().asString().startsWith("-/-");
	}

	@Test
	void dropsWhatHasNoPlaceAndSaysSo() {
		String request = RoutingWorld.chat("gemini").replace("\"messages\"", "\"logit_bias\":{\"5\":1},\"messages\"");
		this.upstream.thenAnswer(200, "application/json", LAST);
		RecordingSink sink = RecordingSink.patient();
		assertThat(this.world.serve(this.world.request(request).droppingUnsupported(true), sink))
			.isInstanceOf(Outcome.Answered.class);
		assertThat(sink.head().dropped()).containsExactly("logit_bias");
		assertThat(this.upstream.requests()).singleElement().asString().doesNotContain("logit");
	}

}
