package io.exchequer.routing.execution;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.registry.Modality;
import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.RoutingPolicy.Fallback;
import io.exchequer.routing.RoutingPolicy.OnSoftLimit;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.decision.DecisionRecord;
import io.exchequer.routing.decision.ReasonCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Answers, streams and what happens when an upstream fails, over real HTTP and a real
 * ledger.
 */
class ServeIT {

	private static final String GOOD = ScriptedUpstream.answer("fine", 10, 5);

	private static final String[] GOOD_STREAM = { ScriptedUpstream.role(), ScriptedUpstream.content("fi"),
			ScriptedUpstream.content("ne"), ScriptedUpstream.finish(), ScriptedUpstream.usage(10, 5),
			ScriptedUpstream.done() };

	private final RoutingWorld world = new RoutingWorld();

	private final ScriptedUpstream good = ScriptedUpstream
		.replying((connection) -> (isStream() ? ScriptedUpstream.stream(GOOD_STREAM) : ScriptedUpstream.json(200, GOOD))
			.to(connection));

	private boolean stream;

	private boolean isStream() {
		return this.stream;
	}

	@AfterEach
	void leavesNoHold() {
		try (this.world; this.good) {
			assertThat(this.world.openHolds()).isEmpty();
			assertThat(this.world.held()).isZero();
		}
	}

	@Test
	void answersAndBillsWhatTheProviderReports() {
		this.world.deployment("a", this.good);
		this.world.budget(1_000_000_000L, null);
		RecordingSink client = RecordingSink.patient();
		Outcome outcome = this.world.serve(RoutingWorld.chat("model-a"), client);
		assertThat(outcome).isInstanceOfSatisfying(Outcome.Answered.class, (answered) -> {
			assertThat(answered.cost()).isNotNull().satisfies((cost) -> assertThat(cost.nanos()).isEqualTo(60_000));
		});
		assertThat(client.body()).isEqualTo(GOOD);
		assertThat(client.head().deployment()).isEqualTo("a");
		assertThat(client.head().model()).isEqualTo("model-a");
		assertThat(client.head().attempts()).isEqualTo(1);
		assertThat(client.head().contentLength()).isEqualTo(GOOD.length());
		assertThat(this.world.ledger()).containsExactly("10/5 60000");
		assertThat(this.world.settled()).isEqualByComparingTo("60000");
		assertThat(this.good.bodies().getFirst()).contains("\"model\":\"model-a\"").contains("4096");
	}

	@Test
	void writesTheDecisionWithTheSettlement() {
		this.world.deployment("a", this.good);
		this.world.deployment("b", this.good);
		this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
		this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient());
		DecisionRecord decision = this.world.decisions().getFirst();
		assertThat(decision.asked()).isEqualTo("auto");
		assertThat(decision.outcome()).isEqualTo("answered");
		assertThat(decision.candidates()).extracting(DecisionRecord.Candidate::reason)
			.containsExactly(ReasonCode.CHOSEN, ReasonCode.RANKED);
		assertThat(decision.attempts()).singleElement().satisfies((attempt) -> assertThat(attempt.failure()).isNull());
	}

	@Test
	void streamsEveryByteButTheUsageThatOnlyThePlatformAskedFor() {
		this.stream = true;
		this.world.deployment("a", this.good);
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.streamed("a"), client)).isInstanceOf(Outcome.Answered.class);
		assertThat(client.body()).isEqualTo(ScriptedUpstream.role() + ScriptedUpstream.content("fi")
				+ ScriptedUpstream.content("ne") + ScriptedUpstream.finish() + ScriptedUpstream.done());
		assertThat(client.head().contentLength()).isEqualTo(-1);
		assertThat(this.world.ledger()).containsExactly("10/5 60000");
	}

	@Test
	void passesTheUsageOnWhereTheClientAskedForIt() {
		this.stream = true;
		this.world.deployment("a", this.good);
		RecordingSink client = RecordingSink.patient();
		this.world.serve(RoutingWorld.streamed("a")
			.replace("\"stream\":true", "\"stream\":true,\"stream_options\":{\"include_usage\":true}"), client);
		assertThat(client.body()).isEqualTo(String.join("", GOOD_STREAM));
	}

	@Test
	void keepsTheLastChunkBackUntilTheSettlementIsDurable() {
		this.stream = true;
		this.world.deployment("a", this.good);
		RecordingSink client = RecordingSink
			.checking(() -> assertThat(this.world.ledger()).containsExactly("10/5 60000"));
		assertThat(this.world.serve(RoutingWorld.streamed("a"), client)).isInstanceOf(Outcome.Answered.class);
		assertThat(client.body()).endsWith("data: [DONE]\n\n");
	}

	@Test
	void flushesOnceForAllThatCameAtOnce() {
		try (ScriptedUpstream quick = ScriptedUpstream
			.replying(ScriptedUpstream.stream(String.join("", GOOD_STREAM)))) {
			this.world.deployment("a", quick);
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.streamed("a"), client)).isInstanceOf(Outcome.Answered.class);
			assertThat(client.flushes()).isLessThanOrEqualTo(2);
		}
	}

	@Test
	void givesUpOnAStreamThatOnlyKeepsItsConnectionAlive() {
		this.stream = true;
		try (ScriptedUpstream stalling = ScriptedUpstream.replying((connection) -> {
			connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
			while (true) {
				connection.send(": processing\n\n");
			}
		})) {
			this.world.deployment("stalling", stalling);
			this.world.policy("ordered", OnSoftLimit.WARN, "stalling");
			this.world.fallback(new Fallback(3, Duration.ofMillis(300), Map.of()));
			assertThat(this.world.serve(RoutingWorld.streamed("auto"), RecordingSink.patient())).isInstanceOfSatisfying(
					Outcome.Refused.class,
					(refused) -> assertThat(refused.error().code()).isEqualTo("upstream_timeout"));
		}
	}

	static Stream<Arguments> failuresBeforeTheCommitPoint() {
		return Stream.of(arguments("429", false, ScriptedUpstream.json(429, "{}", "Retry-After: 30")),
				arguments("500", false, ScriptedUpstream.json(500, "{\"error\":{\"message\":\"secret\"}}")),
				arguments("503", false, ScriptedUpstream.json(503, "{}")),
				arguments("a proxy's 504", true, ScriptedUpstream.json(504, "{}")),
				arguments("401", false, ScriptedUpstream.json(401, "{}")),
				arguments("reset", true, ScriptedUpstream.reset()), arguments("silence", true, ScriptedUpstream.hang()),
				arguments("HTML", true, ScriptedUpstream.html()),
				arguments("half a JSON", true, ScriptedUpstream.json(200, GOOD.substring(0, 60))));
	}

	private static Arguments arguments(String name, boolean mayHaveCost, ScriptedUpstream.Reply reply) {
		return Arguments.of(name, mayHaveCost, reply);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("failuresBeforeTheCommitPoint")
	void hidesAFailureBehindTheNextDeployment(String name, boolean mayHaveCost, ScriptedUpstream.Reply reply) {
		assertHidden(mayHaveCost, reply, false);
	}

	static Stream<Arguments> streamFailuresBeforeTheCommitPoint() {
		return Stream.concat(failuresBeforeTheCommitPoint(),
				Stream.of(
						arguments("role, then reset", true, ScriptedUpstream.streamThenReset(ScriptedUpstream.role())),
						arguments("role, then silence", true, ScriptedUpstream.streamThenHang(ScriptedUpstream.role())),
						arguments("role, then the end", true, ScriptedUpstream.stream(ScriptedUpstream.role())),
						arguments("a broken frame", true,
								ScriptedUpstream.stream("data: {\"choices\":[{\"delta\":\n\n")),
						arguments("an error frame", true, ScriptedUpstream
							.stream("data: {\"error\":{\"message\":\"secret\",\"type\":\"server_error\"}}\n\n"))));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("streamFailuresBeforeTheCommitPoint")
	void hidesAFailureBeforeTheCommitPointOfAStream(String name, boolean mayHaveCost, ScriptedUpstream.Reply reply) {
		assertHidden(mayHaveCost, reply, true);
	}

	private void assertHidden(boolean mayHaveCost, ScriptedUpstream.Reply reply, boolean streamed) {
		this.stream = streamed;
		this.world.budget(1_000_000_000L, null);
		try (ScriptedUpstream bad = ScriptedUpstream.replying(reply)) {
			this.world.deployment("bad", bad);
			this.world.deployment("good", this.good);
			this.world.policy("ordered", OnSoftLimit.WARN, "bad", "good");
			RecordingSink client = RecordingSink.patient();
			Outcome outcome = this.world.serve(streamed ? RoutingWorld.streamed("auto") : RoutingWorld.chat("auto"),
					client);
			assertThat(outcome).isInstanceOf(Outcome.Answered.class);
			assertThat(client.head().deployment()).isEqualTo("good");
			assertThat(client.head().attempts()).isEqualTo(2);
			assertThat(client.body()).doesNotContain("secret");
			assertThat(bad.bodies()).hasSize(1);
			List<String> ledger = this.world.ledger();
			assertThat(ledger.getLast()).isEqualTo("10/5 60000");
			assertThat(ledger).hasSize(mayHaveCost ? 2 : 1);
			assertThat(this.world.decisions().getLast().attempts()).hasSize(2);
		}
	}

	@Test
	void hidesARefusedConnection() {
		ScriptedUpstream gone = ScriptedUpstream.replying();
		gone.close();
		this.world.deployment("gone", gone.baseUrl());
		this.world.deployment("good", this.good);
		this.world.policy("ordered", OnSoftLimit.WARN, "gone", "good");
		assertThat(this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient()))
			.isInstanceOf(Outcome.Answered.class);
		assertThat(this.world.ledger()).containsExactly("10/5 60000");
	}

	@Test
	void tellsAFailureAfterTheCommitPointAndNeverLooksComplete() {
		try (ScriptedUpstream breaking = ScriptedUpstream
			.replying(ScriptedUpstream.streamThenReset(ScriptedUpstream.role(), ScriptedUpstream.content("half")))) {
			this.world.deployment("breaking", breaking);
			this.world.deployment("good", this.good);
			this.world.policy("ordered", OnSoftLimit.WARN, "breaking", "good");
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.streamed("auto"), client)).isInstanceOf(Outcome.BrokenOff.class);
			assertThat(client.body()).contains("half").contains("\"error\"").doesNotContain("[DONE]");
			assertThat(this.good.bodies()).isEmpty();
			assertThat(this.world.ledger()).singleElement().asString().startsWith("-/-").contains(" upstream_");
		}
	}

	@Test
	void neverLooksCompleteAfterAFaultOfItsOwn() {
		this.stream = true;
		this.world.deployment("a", this.good);
		RecordingSink client = RecordingSink.checking(() -> {
			throw new IllegalStateException("made for a test");
		});
		assertThat(this.world.serve(RoutingWorld.streamed("a"), client)).isInstanceOf(Outcome.BrokenOff.class);
		assertThat(client.body()).contains("\"internal_error\"").doesNotContain("[DONE]");
		assertThat(this.world.ledger()).containsExactly("10/5 60000");
	}

	@Test
	void closesTheHoldAndGivesThePlaceBackWhateverIsThrown() {
		this.stream = true;
		this.world.deployment("a", this.good);
		DeploymentSettings one = this.world.registry.get("a").settings();
		this.world.registry.settings("a", new DeploymentSettings(one.connectTimeout(), one.firstByteTimeout(),
				one.idleTimeout(), one.totalTimeout(), 1, 0, one.onDisconnect(), Map.of()));
		RecordingSink client = RecordingSink.faultingAt(2);
		assertThat(this.world.serve(RoutingWorld.streamed("a"), client)).isInstanceOf(Outcome.BrokenOff.class);
		assertThat(client.body()).contains("\"internal_error\"").doesNotContain("[DONE]");
		assertThat(this.world.ledger()).singleElement().asString().startsWith("-/-").endsWith(" internal_error");
		DecisionRecord decision = this.world.decisions().getFirst();
		assertThat(decision.candidates()).extracting(DecisionRecord.Candidate::reason)
			.containsExactly(ReasonCode.FAULTED);
		assertThat(decision.attempts()).singleElement().satisfies((attempt) -> {
			assertThat(attempt.failure()).isNull();
			assertThat(attempt.status()).isEqualTo(200);
		});
		assertThat(this.world.serve(RoutingWorld.streamed("a"), RecordingSink.patient()))
			.isInstanceOf(Outcome.Answered.class);
	}

	@Test
	void takesAUsageThatNoAnswerCanHaveForNone() {
		try (ScriptedUpstream absurd = ScriptedUpstream.replying(ScriptedUpstream.json(200,
				GOOD.replace("\"prompt_tokens\":10", "\"prompt_tokens\":999999999999999")))) {
			this.world.deployment("a", absurd);
			assertThat(this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient()))
				.isInstanceOf(Outcome.Answered.class);
			assertThat(this.world.ledger()).singleElement().asString().startsWith("-/-").endsWith("usage_missing");
		}
	}

	@Test
	void takesAMissingLastChunkForABreak() {
		try (ScriptedUpstream breaking = ScriptedUpstream.replying(ScriptedUpstream.stream(ScriptedUpstream.role(),
				ScriptedUpstream.content("x"), ScriptedUpstream.finish(), ScriptedUpstream.usage(10, 1)))) {
			this.world.deployment("breaking", breaking);
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.streamed("breaking"), client))
				.isInstanceOf(Outcome.BrokenOff.class);
			assertThat(client.body()).contains("\"error\"").doesNotContain("[DONE]");
			assertThat(this.world.ledger()).containsExactly("10/1 20000");
		}
	}

	@Test
	void billsTheWholeHoldWhereTheAnswerDoesNotSayWhatItUsed() {
		try (ScriptedUpstream silent = ScriptedUpstream.replying(ScriptedUpstream.json(200,
				"{\"choices\":[{\"index\":0,\"message\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}"))) {
			this.world.deployment("silent", silent);
			assertThat(this.world.serve(RoutingWorld.chat("silent"), RecordingSink.patient()))
				.isInstanceOf(Outcome.Answered.class);
			assertThat(this.world.ledger()).singleElement().asString().startsWith("-/-").endsWith("usage_missing");
		}
	}

	@Test
	void billsTheWholeHoldWhereTheUsageCannotBe() {
		String impossible = ScriptedUpstream.usage(10, 5).replace(":10,", ":123456789012345,");
		try (ScriptedUpstream odd = ScriptedUpstream.replying(
				ScriptedUpstream.stream(ScriptedUpstream.role(), ScriptedUpstream.content("x"),
						ScriptedUpstream.finish(), impossible, ScriptedUpstream.done()),
				ScriptedUpstream.json(200, ScriptedUpstream.answer("x", 0, 0)),
				ScriptedUpstream.json(200, GOOD.replace(":10,", ":123456789012345,")))) {
			this.world.deployment("odd", odd);
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.streamed("odd"), client)).isInstanceOf(Outcome.Answered.class);
			assertThat(client.body()).endsWith(ScriptedUpstream.done()).doesNotContain("usage");
			for (int i = 0; i < 2; i++) {
				assertThat(this.world.serve(RoutingWorld.chat("odd"), RecordingSink.patient()))
					.isInstanceOf(Outcome.Answered.class);
			}
			assertThat(this.world.ledger()).hasSize(3)
				.allSatisfy((line) -> assertThat(line).startsWith("-/-").endsWith("usage_missing"));
		}
	}

	@Test
	void tellsAFaultOfItsOwnAfterTheCommitPoint() {
		this.stream = true;
		this.world.deployment("a", this.good);
		RecordingSink client = RecordingSink.checking(() -> {
			throw new IllegalStateException("a fault of ours");
		});
		assertThat(this.world.serve(RoutingWorld.streamed("a"), client)).isInstanceOf(Outcome.BrokenOff.class);
		assertThat(client.body()).contains("fi").contains("\"internal_error\"").doesNotContain("[DONE]");
		assertThat(this.world.ledger()).containsExactly("10/5 60000");
	}

	@Test
	void passesTheUsageOnWhereThePlatformDidNotAskForItEither() {
		this.stream = true;
		this.world.deployment("a", this.good);
		this.world.option("a", "streamUsage", "false");
		RecordingSink client = RecordingSink.patient();
		this.world.serve(RoutingWorld.streamed("a"), client);
		assertThat(this.good.bodies().getFirst()).doesNotContain("include_usage");
		assertThat(client.body()).isEqualTo(String.join("", GOOD_STREAM));
		assertThat(this.world.ledger()).containsExactly("10/5 60000");
	}

	@Test
	void callsAWholeAnswerJsonWhateverTheUpstreamCallsIt() {
		try (ScriptedUpstream odd = ScriptedUpstream
			.replying((connection) -> connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "
					+ GOOD.length() + "\r\n\r\n" + GOOD))) {
			this.world.deployment("odd", odd);
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.chat("odd"), client)).isInstanceOfSatisfying(
					Outcome.Answered.class,
					(answered) -> assertThat(answered.contentType()).isEqualTo("application/json"));
			assertThat(client.head().contentType()).isEqualTo("application/json");
			assertThat(client.body()).isEqualTo(GOOD);
		}
	}

	@Test
	void drainsTheUpstreamOfAClientThatWentAwayAndBillsExactly() {
		this.stream = true;
		this.world.deployment("a", this.good);
		RecordingSink client = RecordingSink.leavingAfter(1);
		assertThat(this.world.serve(RoutingWorld.streamed("a"), client))
			.isInstanceOfSatisfying(Outcome.ClientGone.class, (gone) -> assertThat(gone.missed()).isNotNull());
		assertThat(client.taken()).isEqualTo(ScriptedUpstream.role() + ScriptedUpstream.content("fi")
				+ ScriptedUpstream.content("ne") + ScriptedUpstream.finish() + ScriptedUpstream.done());
		assertThat(this.world.ledger()).containsExactly("10/5 60000");
		assertThat(this.world.decisions().getFirst().outcome()).isEqualTo("client_gone");
	}

	@Test
	void givesTheSinkAWholeAnswerThatItsClientDidNotWaitFor() {
		this.world.deployment("a", this.good);
		RecordingSink client = RecordingSink.leavingAfter(0);
		assertThat(this.world.serve(RoutingWorld.chat("a"), client)).isInstanceOfSatisfying(Outcome.ClientGone.class,
				(gone) -> assertThat(gone.missed()).isNotNull());
		assertThat(client.taken()).isEqualTo(GOOD);
		assertThat(client.body()).isEmpty();
	}

	@Test
	void cancelsTheUpstreamWhereTheDeploymentSaysSoAndBillsTheHold() {
		try (ScriptedUpstream endless = ScriptedUpstream.replying((connection) -> {
			ScriptedUpstream
				.streamThenHang(ScriptedUpstream.role(), ScriptedUpstream.content("one"),
						ScriptedUpstream.content("two"))
				.to(connection);
		})) {
			this.world.deployment("a", endless);
			this.world.settings("a", 0, OnDisconnect.CANCEL);
			assertThat(this.world.serve(RoutingWorld.streamed("a"), RecordingSink.leavingAfter(1)))
				.isEqualTo(new Outcome.ClientGone());
			assertThat(this.world.ledger()).singleElement().asString().endsWith("client_cancelled");
			DecisionRecord decision = this.world.decisions().getFirst();
			assertThat(decision.candidates()).extracting(DecisionRecord.Candidate::reason)
				.containsExactly(ReasonCode.CANCELLED);
			assertThat(decision.attempts()).singleElement()
				.satisfies((attempt) -> assertThat(attempt.failure()).isNull());
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{" })
	void cancelsACallWhoseClientLeavesWhileTheAnswerIsAwaited(String sentAlready) throws Exception {
		RecordingSink client = RecordingSink.patient();
		CountDownLatch cut = new CountDownLatch(1);
		try (ScriptedUpstream waiting = ScriptedUpstream.replying((connection) -> {
			connection.send(sentAlready);
			client.leave();
			connection.awaitEnd();
			cut.countDown();
		})) {
			this.world.deployment("a", waiting);
			this.world.deployment("b", this.good);
			this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
			this.world.settings("a", 2, OnDisconnect.CANCEL);
			assertThat(onVirtualThread(() -> this.world.serve(RoutingWorld.chat("auto"), client)))
				.isInstanceOf(Outcome.ClientGone.class);
			cut.await();
			assertThat(this.good.bodies()).isEmpty();
			assertThat(this.world.ledger()).singleElement().asString().endsWith("client_cancelled");
			assertThat(this.world.decisions().getFirst().outcome()).isEqualTo("client_gone");
		}
	}

	@Test
	void watchesNoClientWhoseDeploymentIsDrained() throws Exception {
		RecordingSink client = RecordingSink.patient();
		AtomicBoolean watched = new AtomicBoolean();
		try (ScriptedUpstream asking = ScriptedUpstream.replying((connection) -> {
			watched.set(client.leave());
			ScriptedUpstream.json(200, GOOD).to(connection);
		})) {
			this.world.deployment("a", asking);
			assertThat(onVirtualThread(() -> this.world.serve(RoutingWorld.chat("a"), client)))
				.isInstanceOf(Outcome.Answered.class);
			assertThat(watched).isFalse();
			assertThat(this.world.ledger()).containsExactly("10/5 60000");
		}
	}

	/** Requests run on virtual threads, whose reads can be interrupted. */
	private static Outcome onVirtualThread(Callable<Outcome> request) throws Exception {
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			return threads.submit(request).get();
		}
	}

	@Test
	void triesTheSameDeploymentAgainForAFailureThatPasses() {
		try (ScriptedUpstream flaky = ScriptedUpstream.replying(ScriptedUpstream.json(503, "{}"),
				ScriptedUpstream.json(200, GOOD))) {
			this.world.deployment("a", flaky);
			this.world.settings("a", 2, OnDisconnect.DRAIN);
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.chat("a"), client)).isInstanceOf(Outcome.Answered.class);
			assertThat(client.head().attempts()).isEqualTo(2);
			assertThat(this.world.ledger()).containsExactly("10/5 60000");
		}
	}

	@Test
	void countsAWholeAnswerWhileItIsInMemoryAndGivesAllOfItBack() {
		String large = ScriptedUpstream.answer("x".repeat(100_000), 10, 5);
		try (ScriptedUpstream upstream = ScriptedUpstream.replying(ScriptedUpstream.json(503, "{}"),
				ScriptedUpstream.json(200, large))) {
			CountedMemory memory = new CountedMemory(Long.MAX_VALUE, Long.MAX_VALUE);
			this.world.answerMemory = memory;
			this.world.deployment("a", upstream);
			this.world.settings("a", 1, OnDisconnect.DRAIN);
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.chat("a"), client)).isInstanceOf(Outcome.Answered.class);
			assertThat(client.body()).isEqualTo(large);
			// While the last array is filled from the one before, both are counted.
			assertThat(memory.most).isEqualTo(128 * 1024 + 64 * 1024);
			assertThat(memory.used).isZero();
		}
	}

	@Test
	void refusesBeforeAnythingIsHeldOrCalledWhereThereIsNoMemoryForAnAnswer() {
		this.world.answerMemory = new CountedMemory(AnswerRoom.FIRST - 1, Long.MAX_VALUE);
		this.world.deployment("a", this.good);
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.chat("a"), client)).isInstanceOfSatisfying(Outcome.Refused.class,
				(refused) -> {
					assertThat(refused.error().status()).isEqualTo(503);
					assertThat(refused.error().code()).isEqualTo("overloaded");
					assertThat(refused.error().retryAfter()).isNotNull();
					assertThat(refused.attempts()).isZero();
				});
		assertThat(this.good.bodies()).isEmpty();
		assertThat(this.world.ledger()).isEmpty();
		this.stream = true;
		assertThat(this.world.serve(RoutingWorld.streamed("a"), client)).isInstanceOf(Outcome.Answered.class);
	}

	@Test
	void billsAnAnswerThatFoundNoMemoryInAllItsTimeAndCallsNobodyElse() {
		String large = ScriptedUpstream.answer("x".repeat(100_000), 10, 5);
		try (ScriptedUpstream upstream = ScriptedUpstream.replying(ScriptedUpstream.json(200, large))) {
			CountedMemory memory = new CountedMemory(Long.MAX_VALUE, 64 * 1024);
			this.world.answerMemory = memory;
			this.world.deployment("a", upstream);
			this.world.deployment("b", this.good);
			this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.chat("auto"), client)).isInstanceOfSatisfying(
					Outcome.Refused.class, (refused) -> assertThat(refused.error().code()).isEqualTo("overloaded"));
			assertThat(client.begun()).isFalse();
			assertThat(this.good.bodies()).isEmpty();
			assertThat(this.world.ledger()).singleElement().asString().endsWith("answer_without_room");
			assertThat(this.world.decisions().getFirst().candidates()).extracting(DecisionRecord.Candidate::reason)
				.containsExactly(ReasonCode.NO_ROOM, ReasonCode.RANKED);
			assertThat(memory.used).isZero();
		}
	}

	@Test
	void settlesUninterruptedWhereTheClientLeavesWhileItsAnswerWaitsForMemory() {
		String large = ScriptedUpstream.answer("x".repeat(100_000), 10, 5);
		try (ScriptedUpstream upstream = ScriptedUpstream.replying(ScriptedUpstream.json(200, large))) {
			RecordingSink client = RecordingSink.patient();
			CountedMemory memory = new CountedMemory(Long.MAX_VALUE, 64 * 1024);
			memory.full = () -> assertThat(client.leave()).isTrue();
			this.world.answerMemory = memory;
			this.world.deployment("a", upstream);
			this.world.settings("a", 0, OnDisconnect.CANCEL);
			List<Boolean> interrupted = new ArrayList<>();
			this.world.beforeSettling(() -> interrupted.add(Thread.currentThread().isInterrupted()));
			assertThat(this.world.serve(RoutingWorld.chat("a"), client)).isInstanceOf(Outcome.ClientGone.class);
			assertThat(interrupted).containsExactly(false);
			assertThat(Thread.interrupted()).isFalse();
			assertThat(this.world.ledger()).singleElement().asString().endsWith("client_cancelled");
		}
	}

	/** Memory with an end, for which nobody can wait. */
	private static final class CountedMemory implements AnswerMemory {

		private final long first;

		private final long all;

		private long used;

		private long most;

		/** Called where an answer finds no room. */
		private Runnable full = () -> {
		};

		/**
		 * Makes a memory.
		 * @param first what there is before the call
		 * @param all what there is for an answer
		 */
		CountedMemory(long first, long all) {
			this.first = first;
			this.all = all;
		}

		@Override
		public Part open() {
			return new Part() {

				private long taken;

				@Override
				public boolean grow(long more) {
					return take(more, CountedMemory.this.first);
				}

				@Override
				public boolean await(long more, Duration longest) {
					assertThat(longest).isPositive();
					boolean taken = take(more, CountedMemory.this.all);
					if (!taken) {
						CountedMemory.this.full.run();
					}
					return taken;
				}

				private boolean take(long more, long bound) {
					if (more > bound - CountedMemory.this.used) {
						return false;
					}
					this.taken += more;
					CountedMemory.this.used += more;
					CountedMemory.this.most = Math.max(CountedMemory.this.most, CountedMemory.this.used);
					return true;
				}

				@Override
				public void shrink(long less) {
					this.taken -= less;
					CountedMemory.this.used -= less;
				}

				@Override
				public void close() {
					shrink(this.taken);
				}

			};
		}

	}

	@Test
	void tellsTheLastFailureWithoutAWordOfTheUpstreams() {
		try (ScriptedUpstream bad = ScriptedUpstream
			.replying(ScriptedUpstream.json(500, "{\"error\":{\"message\":\"secret\"}}"))) {
			this.world.deployment("a", bad);
			Outcome outcome = this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient());
			assertThat(outcome).isInstanceOfSatisfying(Outcome.Refused.class, (refused) -> {
				assertThat(refused.error().status()).isEqualTo(502);
				assertThat(refused.error().code()).isEqualTo("upstream_error");
				assertThat(refused.error().message()).contains("'a'").doesNotContain("secret");
				assertThat(refused.attempts()).isEqualTo(1);
			});
			assertThat(this.world.ledger()).isEmpty();
			assertThat(this.world.decisions().getFirst().outcome()).isEqualTo("upstream_error");
		}
	}

	@Test
	void leavesTheCallersFaultToTheCaller() {
		try (ScriptedUpstream strict = ScriptedUpstream.replying(
				ScriptedUpstream.json(400, "{\"error\":{\"message\":\"bad\",\"type\":\"invalid_request_error\"}}"))) {
			this.world.deployment("strict", strict);
			this.world.deployment("good", this.good);
			this.world.policy("ordered", OnSoftLimit.WARN, "strict", "good");
			Outcome outcome = this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient());
			assertThat(outcome).isInstanceOfSatisfying(Outcome.Refused.class,
					(refused) -> assertThat(refused.error().status()).isEqualTo(400));
			assertThat(this.good.bodies()).isEmpty();
		}
	}

	@Test
	void opensTheCircuitOfADeploymentThatKeepsFailing() {
		try (ScriptedUpstream bad = ScriptedUpstream.replying(ScriptedUpstream.json(500, "{}"))) {
			this.world.deployment("a", bad);
			for (int i = 0; i < 4; i++) {
				this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient());
			}
			Outcome outcome = this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient());
			assertThat(outcome).isInstanceOfSatisfying(Outcome.Refused.class, (refused) -> {
				assertThat(refused.error().code()).isEqualTo("no_candidate_available");
				assertThat(refused.error().status()).isEqualTo(503);
				assertThat(refused.error().retryAfter()).isNotNull();
			});
			assertThat(bad.bodies()).hasSize(4);
			assertThat(this.world.explain(RoutingWorld.chat("a")).verdicts()).singleElement()
				.satisfies((verdict) -> assertThat(verdict.reason()).isEqualTo("circuit_open"));
		}
	}

	@Test
	void keepsTheCircuitClosedForTimeOutsOfAPolicysOwn() {
		try (ScriptedUpstream silent = ScriptedUpstream.replying(ScriptedUpstream.hang())) {
			this.world.deployment("a", silent);
			this.world.policy("ordered", OnSoftLimit.WARN, "a");
			this.world.fallback(new Fallback(3, Duration.ofMillis(60), Map.of()));
			for (int i = 0; i < 6; i++) {
				this.stream = i % 2 == 0;
				assertThat(this.world.serve(this.stream ? RoutingWorld.streamed("auto") : RoutingWorld.chat("auto"),
						RecordingSink.patient()))
					.isInstanceOfSatisfying(Outcome.Refused.class,
							(refused) -> assertThat(refused.error().code()).isEqualTo("upstream_timeout"));
			}
			assertThat(silent.bodies()).hasSize(6);
			assertThat(reasonAgainst("a")).isEqualTo("ordered");
		}
	}

	@Test
	void opensTheCircuitForTimeOutsOfTheDeploymentsOwn() {
		this.stream = true;
		try (ScriptedUpstream silent = ScriptedUpstream.replying(ScriptedUpstream.hang())) {
			this.world.deployment("a", silent);
			this.world.settings("a", (now) -> new DeploymentSettings(now.connectTimeout(), Duration.ofMillis(20),
					now.idleTimeout(), now.totalTimeout(), now.maxConcurrent(), 0, now.onDisconnect(), now.options()));
			for (int i = 0; i < 4; i++) {
				this.world.serve(RoutingWorld.streamed("a"), RecordingSink.patient());
			}
			assertThat(reasonAgainst("a")).isEqualTo("circuit_open");
		}
	}

	@Test
	void keepsTheCircuitClosedForStreamsThatGoOnUntilTheirTimeIsOver() {
		try (ScriptedUpstream slow = ScriptedUpstream
			.replying(ScriptedUpstream.streamThenHang(ScriptedUpstream.role(), ScriptedUpstream.content("x")))) {
			this.world.deployment("a", slow);
			this.world.settings("a",
					(now) -> new DeploymentSettings(now.connectTimeout(), now.firstByteTimeout(),
							Duration.ofSeconds(20), Duration.ofMillis(300), now.maxConcurrent(), 0, now.onDisconnect(),
							now.options()));
			for (int i = 0; i < 4; i++) {
				assertThat(this.world.serve(RoutingWorld.streamed("a"), RecordingSink.patient()))
					.isInstanceOf(Outcome.BrokenOff.class);
			}
			assertThat(reasonAgainst("a")).isEqualTo("ordered");
		}
	}

	private String reasonAgainst(String deployment) {
		return this.world.explain(RoutingWorld.chat(deployment)).verdicts().getFirst().reason();
	}

	@Test
	void passesOverADeploymentWithAsManyAttemptsAsItTakes() throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		try (ScriptedUpstream slow = ScriptedUpstream.replying((connection) -> {
			arrived.countDown();
			release.await();
			ScriptedUpstream.json(200, GOOD).to(connection);
		}); ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			this.world.deployment("a", slow);
			this.world.settings("a", (now) -> new DeploymentSettings(now.connectTimeout(), Duration.ofSeconds(20),
					now.idleTimeout(), now.totalTimeout(), 1, 0, now.onDisconnect(), now.options()));
			this.world.deployment("b", this.good);
			this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
			Future<Outcome> first = threads
				.submit(() -> this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient()));
			arrived.await();
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.chat("auto"), client)).isInstanceOf(Outcome.Answered.class);
			assertThat(client.head().deployment()).isEqualTo("b");
			assertThat(client.head().attempts()).isEqualTo(1);
			assertThat(this.world.decisions().getFirst().candidates()).extracting(DecisionRecord.Candidate::reason)
				.containsExactly(ReasonCode.BULKHEAD_FULL, ReasonCode.CHOSEN);
			assertThat(this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient())).isInstanceOfSatisfying(
					Outcome.Refused.class,
					(refused) -> assertThat(refused.error().code()).isEqualTo("no_candidate_available"));
			release.countDown();
			assertThat(first.get()).isInstanceOf(Outcome.Answered.class);
		}
	}

	@Test
	void recordsTheNumbersThatDecidedRatherThanThoseOfTheEnd() {
		this.world.deployment("a", this.good);
		this.world.deployment("b", this.good);
		this.world.policy("fastest", OnSoftLimit.WARN, "a", "b");
		this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient());
		assertThat(this.world.decisions().getFirst().candidates()).extracting(DecisionRecord.Candidate::score)
			.containsExactly(-1L, -1L);
		this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient());
		this.world.serve(RoutingWorld.chat("b"), RecordingSink.patient());
		this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient());
		assertThat(this.world.decisions().getLast().candidates()).extracting(DecisionRecord.Candidate::score)
			.allMatch((score) -> score >= 0);
	}

	@Test
	void tellsWhereTheModelsWindowLeavesLessThanTheUsualLimit() {
		this.world.registry.model("model-a", new Capabilities(EnumSet.of(Modality.TEXT), EnumSet.of(Modality.TEXT),
				true, true, false, 2_000, 8_192, null));
		this.world.deployment("a", this.good);
		RecordingSink client = RecordingSink.patient();
		this.world.serve(RoutingWorld.chat("a"), client);
		assertThat(client.head().clamped()).isNotNull().isBetween(1_500, 1_999);
		assertThat(this.good.bodies().getFirst()).contains("\":" + client.head().clamped());
	}

	@Test
	void leavesItToTheUpstreamWhetherTheLeastOutputFits() {
		this.world.registry.model("model-a", new Capabilities(EnumSet.of(Modality.TEXT), EnumSet.of(Modality.TEXT),
				true, true, false, 2_000, 8_192, null));
		this.world.deployment("a", this.good);
		RecordingSink client = RecordingSink.patient();
		this.world.serve(RoutingWorld.chat("a").replace("hello", "hello ".repeat(1_350)), client);
		assertThat(client.head().clamped()).isEqualTo(RoutingPolicy.DEFAULT_MIN_OUTPUT);
	}

	@Test
	void tellsTheCallerWhichMemberAnUpstreamRejects() {
		try (ScriptedUpstream strict = ScriptedUpstream.replying(ScriptedUpstream.json(400,
				"{\"error\":{\"message\":\"secret\",\"param\":\"temperature\",\"code\":\"unsupported_value\"}}"))) {
			this.world.deployment("a", strict);
			assertThat(this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient()))
				.isInstanceOfSatisfying(Outcome.Refused.class, (refused) -> {
					assertThat(refused.error().status()).isEqualTo(400);
					assertThat(refused.error().param()).isEqualTo("temperature");
					assertThat(refused.error().message()).contains("check 'temperature'").doesNotContain("secret");
				});
		}
	}

	@Test
	void letsADeploymentCoolDownForAsLongAsItsProviderAsks() {
		try (ScriptedUpstream busy = ScriptedUpstream.replying(ScriptedUpstream.json(429, "{}", "Retry-After: 100"))) {
			this.world.deployment("a", busy);
			Outcome first = this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient());
			assertThat(first).isInstanceOfSatisfying(Outcome.Refused.class,
					(refused) -> assertThat(refused.error().status()).isEqualTo(429));
			this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient());
			assertThat(busy.bodies()).hasSize(1);
			assertThat(this.world.explain(RoutingWorld.chat("a")).verdicts()).singleElement()
				.satisfies((verdict) -> assertThat(verdict.reason()).isEqualTo("cooling_down"));
		}
	}

}
