package io.exchequer.routing.execution;

import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.RoutingService.Explanation;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.provider.WireServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The whole path over a translated provider: its vendor's SDK, a server that plays the
 * vendor's wire, and a real ledger.
 */
class TranslatedIT {

	private static final String MESSAGE = """
			{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hello"}],
			"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":11,"output_tokens":5}}""";

	private static final String OVERLOADED = """
			{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""";

	private static final String[] STREAM = { """
			event: message_start
			data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude",\
			"content":[],"stop_reason":null,"usage":{"input_tokens":11,"output_tokens":1}}}

			""", """
			event: content_block_start
			data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

			""", """
			event: content_block_delta
			data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

			""", """
			event: content_block_stop
			data: {"type":"content_block_stop","index":0}

			""", """
			event: message_delta
			data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}

			""", """
			event: message_stop
			data: {"type":"message_stop"}

			""" };

	private static final String ERROR_EVENT = """
			event: error
			data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}

			""";

	private final RoutingWorld world = new RoutingWorld();

	private final WireServer upstream = new WireServer();

	@AfterEach
	void leavesNoHold() {
		try (this.world; this.upstream) {
			assertThat(this.world.openHolds()).isEmpty();
			assertThat(this.world.held()).isZero();
		}
	}

	@Test
	void billsAWholeAndAStreamedAnswerAlikeToTheNanoUnit() {
		this.world.translated("claude", this.upstream.url());
		this.world.budget(1_000_000_000L, null);
		this.upstream.thenAnswer(200, "application/json", MESSAGE).thenStream(STREAM);
		RecordingSink whole = RecordingSink.patient();
		RecordingSink streamed = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.chat("claude"), whole)).isInstanceOf(Outcome.Answered.class);
		assertThat(this.world.serve(RoutingWorld.streamed("claude"), streamed)).isInstanceOf(Outcome.Answered.class);
		assertThat(whole.body()).contains("\"content\":\"Hello\"").contains("\"finish_reason\":\"stop\"");
		assertThat(streamed.body()).contains("\"content\":\"Hello\"").endsWith("data: [DONE]\n\n");
		assertThat(this.world.ledger()).containsExactly("11/5 61000", "11/5 61000");
		assertThat(this.upstream.requests().getFirst()).contains("\"max_tokens\":4096");
	}

	@Test
	void fallsBackBeforeTheCommitPointWithoutACost() {
		this.world.translated("claude", this.upstream.url());
		this.world.simulator("demo", java.util.Map.of());
		this.world.policy("ordered", RoutingPolicy.OnSoftLimit.WARN, "claude", "demo");
		this.world.budget(1_000_000_000L, null);
		this.upstream.thenAnswer(529, "application/json", OVERLOADED);
		RecordingSink sink = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.streamed("auto"), sink)).isInstanceOf(Outcome.Answered.class);
		assertThat(sink.head().deployment()).isEqualTo("demo");
		assertThat(this.world.ledger()).hasSize(1);
	}

	@Test
	void fallsBackFromAnErrorWithinAStreamBeforeItsFirstContent() {
		this.world.translated("claude", this.upstream.url());
		this.world.simulator("demo", java.util.Map.of());
		this.world.policy("ordered", RoutingPolicy.OnSoftLimit.WARN, "claude", "demo");
		this.world.budget(1_000_000_000L, null);
		this.upstream.thenStream(STREAM[0], STREAM[1], ERROR_EVENT);
		RecordingSink sink = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.streamed("auto"), sink)).isInstanceOf(Outcome.Answered.class);
		assertThat(sink.head().deployment()).isEqualTo("demo");
		assertThat(this.world.ledger()).hasSize(2).anyMatch((line) -> line.contains("-/-"));
	}

	@Test
	void endsABrokenStreamWithAnErrorAndAnEstimate() {
		this.world.translated("claude", this.upstream.url());
		this.world.budget(1_000_000_000L, null);
		this.upstream.thenStream(STREAM[0], STREAM[1], STREAM[2]);
		RecordingSink sink = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.streamed("claude"), sink)).isInstanceOf(Outcome.BrokenOff.class);
		assertThat(sink.body()).contains("Hello").contains("\"error\"").doesNotContain("[DONE]");
		assertThat(this.world.ledger()).singleElement().asString().startsWith("-/-");
	}

	@Test
	void refusesWhatTheProviderHasNoPlaceForOrDropsItAndSaysSo() {
		this.world.translated("claude", this.upstream.url());
		String request = RoutingWorld.chat("claude").replace("\"messages\"", "\"seed\":7,\"messages\"");
		assertThat(this.world.serve(request, RecordingSink.patient())).isInstanceOfSatisfying(Outcome.Refused.class,
				(refused) -> {
					assertThat(refused.error().status()).isEqualTo(400);
					assertThat(refused.error().code()).isEqualTo("unsupported_parameter");
					assertThat(refused.error().param()).isEqualTo("seed");
				});
		assertThat(this.world.decisions()).singleElement().asString().contains("UNSUPPORTED");
		Explanation explanation = this.world.explain(request);
		assertThat(explanation.verdicts()).singleElement().satisfies((verdict) -> {
			assertThat(verdict.reason()).isEqualTo("unsupported");
			assertThat(verdict.detail()).endsWith(": seed");
		});
		this.upstream.thenAnswer(200, "application/json", MESSAGE);
		RecordingSink sink = RecordingSink.patient();
		assertThat(this.world.serve(this.world.request(request).droppingUnsupported(true), sink))
			.isInstanceOf(Outcome.Answered.class);
		assertThat(sink.head().dropped()).containsExactly("seed");
		assertThat(this.upstream.requests()).singleElement().asString().doesNotContain("seed");
	}

	@Test
	void cancelsTheCallOfAClientThatLeft() {
		this.world.translated("claude", this.upstream.url());
		this.world.settings("claude", 0, io.exchequer.registry.DeploymentSettings.OnDisconnect.CANCEL);
		RecordingSink sink = RecordingSink.patient();
		this.upstream.then((out, connection) -> {
			sink.leave();
			connection.getInputStream().read();
		});
		assertThat(this.world.serve(RoutingWorld.chat("claude"), sink)).isInstanceOf(Outcome.ClientGone.class);
		assertThat(this.world.ledger()).singleElement().asString().contains("client_cancelled");
	}

}
