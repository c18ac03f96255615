package io.exchequer.routing.execution;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.RoutingPolicy.Fallback;
import io.exchequer.routing.RoutingPolicy.OnSoftLimit;
import io.exchequer.routing.RoutingPolicy.Rule;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.TestRegistry;
import io.exchequer.routing.decision.DecisionRecord;
import io.exchequer.routing.decision.ReasonCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Streams that break after their beginning was sent, and that another deployment goes on
 * with.
 */
class ContinuationIT {

	private static final String REST = """
			data: {"id":"c2","object":"chat.completion.chunk","created":9,"model":"m2","choices":[{"index":0,"delta":\
			{"role":"assistant","content":" and the rest"},"finish_reason":null}]}

			""";

	private static final String REST_AS_THE_FIRST_STREAMS = """
			data: {"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":\
			{"content":" and the rest"},"finish_reason":null}]}

			""";

	private final RoutingWorld world = new RoutingWorld();

	private final ScriptedUpstream breaking = ScriptedUpstream
		.replying(ScriptedUpstream.streamThenReset(ScriptedUpstream.role(),
				ScriptedUpstream.content("one \\\"half\\\""), ScriptedUpstream.content(" \\u00fc")));

	private final ScriptedUpstream able = ScriptedUpstream.replying(ScriptedUpstream.stream(ScriptedUpstream.role(),
			REST, ScriptedUpstream.finish(), ScriptedUpstream.usage(20, 5), ScriptedUpstream.done()));

	@BeforeEach
	void begin() {
		this.world.deployment("breaking", this.breaking);
		this.world.deployment("able", this.able);
		prefill("able", "message");
		this.world.policy("ordered", OnSoftLimit.WARN, "breaking", "able");
		continueStreams(3, Map.of());
	}

	@AfterEach
	void leavesNoHold() {
		try (this.world; this.breaking; this.able) {
			assertThat(this.world.openHolds()).isEmpty();
			assertThat(this.world.held()).isZero();
		}
	}

	@Test
	void goesOnWithABrokenStreamAndBillsBothAttempts() {
		this.world.budget(1_000_000_000L, null);
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.streamed("auto"), client)).isInstanceOf(Outcome.Answered.class);
		assertThat(client.body()).isEqualTo(ScriptedUpstream.role() + ScriptedUpstream.content("one \\\"half\\\"")
				+ ScriptedUpstream.content(" \\u00fc") + REST_AS_THE_FIRST_STREAMS + ScriptedUpstream.finish()
				+ ScriptedUpstream.done());
		assertThat(this.able.bodies().getFirst()).contains(
				"{\"role\":\"user\",\"content\":\"hello\"},{\"role\":\"assistant\",\"content\":\"one \\\"half\\\" ü\"}]")
			.contains("\"max_tokens\":998");
		List<String> ledger = this.world.ledger();
		assertThat(ledger).hasSize(2);
		assertThat(ledger.getFirst()).startsWith("-/-").endsWith("upstream_network");
		assertThat(ledger.getLast()).isEqualTo("20/5 70000");
	}

	@Test
	void tellsAFaultOfItsOwnWhileGoingOn() {
		RecordingSink client = RecordingSink.checking(() -> {
			throw new IllegalStateException("a fault of ours");
		});
		assertThat(this.world.serve(RoutingWorld.streamed("auto"), client)).isInstanceOf(Outcome.BrokenOff.class);
		assertThat(client.body()).contains(" and the rest").contains("\"internal_error\"").doesNotContain("[DONE]");
		assertThat(this.world.ledger()).hasSize(2);
	}

	@Test
	void recordsThatTheAnswerWasGoneOnWith() {
		this.world.serve(RoutingWorld.streamed("auto"), RecordingSink.patient());
		DecisionRecord decision = this.world.decisions().getFirst();
		assertThat(this.world.decisions()).hasSize(1);
		assertThat(decision.outcome()).isEqualTo("continued");
		assertThat(decision.candidates()).extracting(DecisionRecord.Candidate::reason)
			.containsExactly(ReasonCode.FAILED, ReasonCode.CHOSEN);
		assertThat(decision.attempts()).extracting(DecisionRecord.Attempt::failure)
			.containsExactly(FailureClass.NETWORK, null);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			prefix                 | ü","prefix":true}]
			continue-final-message | "add_generation_prompt":false,"continue_final_message":true,
			""")
	void asksInTheDeploymentsOwnWay(String way, String expected) {
		prefill("able", way);
		assertThat(this.world.serve(RoutingWorld.streamed("auto"), RecordingSink.patient()))
			.isInstanceOf(Outcome.Answered.class);
		assertThat(this.able.bodies().getFirst()).contains(expected);
	}

	@Test
	void goesOnAgainWhereTheSecondBreaksToo() {
		try (ScriptedUpstream second = ScriptedUpstream
			.replying(ScriptedUpstream.streamThenReset(ScriptedUpstream.role(), ScriptedUpstream.content("!")));
				ScriptedUpstream silent = ScriptedUpstream.replying(ScriptedUpstream.reset())) {
			this.world.deployment("second", second);
			prefill("second", "message");
			this.world.deployment("silent", silent);
			prefill("silent", "message");
			this.world.policy("ordered", OnSoftLimit.WARN, "breaking", "second", "silent", "able");
			continueStreams(4, Map.of());
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.streamed("auto"), client)).isInstanceOf(Outcome.Answered.class);
			assertThat(client.body()).containsOnlyOnce("\"role\"")
				.endsWith(ScriptedUpstream.content("!") + REST_AS_THE_FIRST_STREAMS + ScriptedUpstream.finish()
						+ ScriptedUpstream.done());
			assertThat(this.able.bodies().getFirst()).contains("\"one \\\"half\\\" ü!\"");
			assertThat(this.world.ledger()).hasSize(4);
		}
	}

	@Test
	void tellsTheFirstFailureWhereNobodyCanGoOn() {
		this.world.settings("able", 0, OnDisconnect.DRAIN);
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.streamed("auto"), client)).isInstanceOf(Outcome.BrokenOff.class);
		assertBrokenOff(client);
		DecisionRecord decision = this.world.decisions().getFirst();
		assertThat(decision.outcome()).isEqualTo("broken_off");
		assertThat(decision.candidates()).extracting(DecisionRecord.Candidate::reason)
			.containsExactly(ReasonCode.FAILED, ReasonCode.NO_CONTINUATION);
	}

	@ParameterizedTest
	@CsvSource({ "off, RANKED", "attempts, RANKED", "rule, RANKED", "class, DATA_CLASS", "window, CONTEXT_WINDOW",
			"budget, OVER_BUDGET", "gone, FAILED" })
	void endsWithAnErrorEventWhere(String reason, ReasonCode whyNotTheOther) {
		switch (reason) {
			case "off" -> this.world.fallback(new Fallback(3, Duration.ofSeconds(30), Map.of()));
			case "attempts" -> continueStreams(1, Map.of());
			case "rule" -> continueStreams(3, Map.of(FailureClass.NETWORK, new Rule(Rule.Action.FAIL, null, 1)));
			case "class" -> this.world.registry.dataClass("able", DataClass.PUBLIC);
			// Room for the question, but not with the answer so far.
			case "window" -> this.world.registry.model("model-able", new Capabilities(TestRegistry.CHAT.input(),
					TestRegistry.CHAT.output(), true, true, false, 16, 8_192, null));
			case "budget" -> this.world.budget(12_000_000L, null);
			case "gone" -> this.able.close();
			default -> throw new IllegalArgumentException(reason);
		}
		if (reason.equals("window")) {
			this.world.registry.openAi("able", "model-able", this.able.baseUrl()).price("able", "1", "10");
			prefill("able", "message");
		}
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.streamed("auto"), client)).isInstanceOf(Outcome.BrokenOff.class);
		assertBrokenOff(client);
		assertThat(this.world.ledger()).singleElement().asString().endsWith("upstream_network");
		assertThat(this.world.decisions()).singleElement().satisfies((decision) -> {
			assertThat(decision.outcome()).isEqualTo("broken_off");
			assertThat(decision.candidates()).extracting(DecisionRecord.Candidate::reason)
				.containsExactly(ReasonCode.FAILED, whyNotTheOther);
		});
	}

	@ParameterizedTest
	@CsvSource({ "unavailable, billing_unavailable", "fault, internal_error" })
	void endsWithAnErrorEventWhereTheChangedBudgetsCannotBeRead(String what, String code) {
		this.world.budgetsFail = what.equals("fault") ? new IllegalStateException("made for a test")
				: new BillingUnavailableException("made for a test", null);
		try (ScriptedUpstream changing = ScriptedUpstream.replying((connection) -> {
			this.world.budget(1_000_000_000L, null);
			ScriptedUpstream.streamThenReset(ScriptedUpstream.content("half")).to(connection);
		})) {
			this.world.deployment("breaking", changing);
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.streamed("auto"), client)).isInstanceOf(Outcome.BrokenOff.class);
			assertBrokenOff(client);
			assertThat(client.body()).contains('"' + code + '"');
			assertThat(this.world.decisions()).singleElement()
				.extracting(DecisionRecord::outcome)
				.isEqualTo("broken_off");
		}
	}

	@Test
	void doesNotGoOnWhereTheOutputLimitIsUsedUp() {
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(
				RoutingWorld.streamed("auto").replace("\"stream\":true", "\"stream\":true,\"max_tokens\":2"), client))
			.isInstanceOf(Outcome.BrokenOff.class);
		assertBrokenOff(client);
		assertThat(this.world.decisions()).singleElement()
			.satisfies((decision) -> assertThat(decision.candidates()).extracting(DecisionRecord.Candidate::reason)
				.containsExactly(ReasonCode.FAILED, ReasonCode.NO_CONTINUATION));
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"logprobs\":true", "\"n\":2", "\"response_format\":{\"type\":\"json_object\"}" })
	void doesNotGoOnWhereTheRequestAsksForMoreThanText(String member) {
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world
			.serve(RoutingWorld.streamed("auto").replace("\"stream\":true", "\"stream\":true," + member), client))
			.isInstanceOf(Outcome.BrokenOff.class);
		assertBrokenOff(client);
	}

	static Stream<String> whatIsMoreThanText() {
		return Stream.of("\"tool_calls\":[{\"index\":0,\"id\":\"t\"}]", "\"reasoning_content\":\"hm\"",
				"\"refusal\":\"no\"", "\"surprise\":1");
	}

	@ParameterizedTest
	@MethodSource("whatIsMoreThanText")
	void doesNotGoOnWhereTheStreamShowedMoreThanText(String member) {
		try (ScriptedUpstream richer = ScriptedUpstream
			.replying(ScriptedUpstream.streamThenReset(ScriptedUpstream.content("half"),
					ScriptedUpstream.content("x\"," + member + ",\"role\":\"assistant")))) {
			this.world.deployment("breaking", richer);
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.streamed("auto"), client)).isInstanceOf(Outcome.BrokenOff.class);
			assertBrokenOff(client);
		}
	}

	@Test
	void doesNotGoOnWithAnAnswerThatHadFinished() {
		try (ScriptedUpstream finished = ScriptedUpstream
			.replying(ScriptedUpstream.streamThenReset(ScriptedUpstream.content("all"), ScriptedUpstream.finish()))) {
			this.world.deployment("breaking", finished);
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.streamed("auto"), client)).isInstanceOf(Outcome.BrokenOff.class);
			assertBrokenOff(client);
		}
	}

	@Test
	void callsNobodyForAClientThatIsGone() {
		assertThat(this.world.serve(RoutingWorld.streamed("auto"), RecordingSink.leavingAfter(1)))
			.isInstanceOf(Outcome.ClientGone.class);
		assertThat(this.able.bodies()).isEmpty();
		assertThat(this.world.ledger()).hasSize(1);
	}

	private void assertBrokenOff(RecordingSink client) {
		assertThat(client.body()).containsOnlyOnce("\"error\"").doesNotContain("[DONE]", "and the rest");
		assertThat(this.able.bodies()).isEmpty();
	}

	private void continueStreams(int maxAttempts, Map<FailureClass, Rule> rules) {
		this.world.fallback(new Fallback(maxAttempts, Duration.ofSeconds(30), rules, true));
	}

	private void prefill(String deployment, String way) {
		this.world.registry.settings(deployment,
				new DeploymentSettings(Duration.ofSeconds(2), Duration.ofMillis(400), Duration.ofMillis(400),
						Duration.ofSeconds(20), 64, 0, OnDisconnect.DRAIN, Map.of("assistantPrefill", way)));
	}

}
