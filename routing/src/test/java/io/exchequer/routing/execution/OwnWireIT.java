package io.exchequer.routing.execution;

import java.util.Map;

import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.provider.WireServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The whole path over the providers that are spoken to without an SDK: a server that
 * plays the vendor's wire, and a real ledger.
 */
class OwnWireIT {

	private final RoutingWorld world = new RoutingWorld();

	private final WireServer upstream = new WireServer();

	@AfterEach
	void leavesNoHold() {
		try (this.world; this.upstream) {
			assertThat(this.world.openHolds()).isEmpty();
			assertThat(this.world.held()).isZero();
		}
	}

	@ParameterizedTest
	@EnumSource
	void billsAWholeAndAStreamedAnswerAlikeToTheNanoUnit(Vendor vendor) {
		this.world.translated("own", vendor.kind, this.upstream.url());
		this.world.budget(1_000_000_000L, null);
		this.upstream.thenAnswer(200, "application/json", vendor.whole).thenStream(vendor.stream);
		RecordingSink whole = RecordingSink.patient();
		RecordingSink streamed = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.chat("own"), whole)).isInstanceOf(Outcome.Answered.class);
		assertThat(this.world.serve(RoutingWorld.streamed("own"), streamed)).isInstanceOf(Outcome.Answered.class);
		assertThat(whole.body()).contains("\"content\":\"Hello\"").contains("\"finish_reason\":\"stop\"");
		assertThat(streamed.body()).contains("\"content\":\"Hello\"").endsWith("data: [DONE]\n\n");
		assertThat(this.world.ledger()).containsExactly("11/5 61000", "11/5 61000");
		assertThat(this.upstream.requests()).allSatisfy((request) -> assertThat(request).contains(vendor.limit));
	}

	@ParameterizedTest
	@EnumSource
	void fallsBackBeforeTheCommitPointWithoutACost(Vendor vendor) {
		this.world.translated("own", vendor.kind, this.upstream.url());
		this.world.simulator("demo", Map.of());
		this.world.policy("ordered", RoutingPolicy.OnSoftLimit.WARN, "own", "demo");
		this.world.budget(1_000_000_000L, null);
		this.upstream.thenAnswer(503, "application/json", "{\"error\":\"server busy\"}");
		RecordingSink sink = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.streamed("auto"), sink)).isInstanceOf(Outcome.Answered.class);
		assertThat(sink.head().deployment()).isEqualTo("demo");
		assertThat(this.world.ledger()).hasSize(1);
	}

	@ParameterizedTest
	@EnumSource
	void endsABrokenStreamWithAnErrorAndAnEstimate(Vendor vendor) {
		this.world.translated("own", vendor.kind, this.upstream.url());
		this.world.budget(1_000_000_000L, null);
		this.upstream.thenStream(vendor.stream[0]);
		RecordingSink sink = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.streamed("own"), sink)).isInstanceOf(Outcome.BrokenOff.class);
		assertThat(sink.body()).contains("Hello").contains("\"error\"").doesNotContain("[DONE]");
		assertThat(this.world.ledger()).singleElement().asString().startsWith("-/-");
	}

	enum Vendor {

		MISTRAL("mistral", "\"max_tokens\":4096",
				"""
						{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",
						"message":{"role":"assistant","content":"Hello","tool_calls":null}}],
						"usage":{"prompt_tokens":11,"total_tokens":16,"completion_tokens":5}}""",
				"""
						data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,\
						"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}

						""", """
						data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,\
						"delta":{"content":""},"finish_reason":"stop"}],\
						"usage":{"prompt_tokens":11,"total_tokens":16,"completion_tokens":5}}

						data: [DONE]

						"""),

		OLLAMA("ollama", "\"num_predict\":4096", """
				{"model":"m","created_at":"2026-11-24T10:00:00Z","message":{"role":"assistant","content":"Hello"},
				"done":true,"done_reason":"stop","prompt_eval_count":11,"eval_count":5}""", """
				{"model":"m","created_at":"2026-11-24T10:00:00Z","message":{"role":"assistant","content":"Hello"},\
				"done":false}
				""", """
				{"model":"m","created_at":"2026-11-24T10:00:01Z","message":{"role":"assistant","content":""},\
				"done":true,"done_reason":"stop","prompt_eval_count":11,"eval_count":5}
				""");

		private final String kind;

		private final String limit;

		private final String whole;

		private final String[] stream;

		Vendor(String kind, String limit, String whole, String... stream) {
			this.kind = kind;
			this.limit = limit;
			this.whole = whole;
			this.stream = stream;
		}

	}

}
