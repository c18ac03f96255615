package io.exchequer.routing.execution;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.routing.BudgetsChangedException;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.routing.RoutingPolicy.OnSoftLimit;
import io.exchequer.routing.RoutingService;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.decision.DecisionRecord;
import io.exchequer.routing.decision.ReasonCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What budgets do to a request: clamps, cheaper candidates, refusals.
 */
class BudgetIT {

	/**
	 * A search by the provider is billed for each use, of which there may be any number.
	 */
	private static final String UNBOUNDED = """
			{"model":"auto","web_search_options":{},"messages":[{"role":"user","content":"hello"}]}""";

	private final RoutingWorld world = new RoutingWorld();

	private final ScriptedUpstream upstream = ScriptedUpstream
		.replying(ScriptedUpstream.json(200, ScriptedUpstream.answer("fine", 10, 5)));

	@AfterEach
	void leavesNoHold() {
		try (this.world; this.upstream) {
			assertThat(this.world.openHolds()).isEmpty();
			assertThat(this.world.held()).isZero();
		}
	}

	@Test
	void clampsTheOutputToWhatTheBudgetHasLeft() {
		this.world.deployment("a", this.upstream);
		this.world.policy("ordered", OnSoftLimit.WARN, "a");
		this.world.budget(5_000_000L, null);
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.chat("a"), client)).isInstanceOf(Outcome.Answered.class);
		Integer clamped = client.head().clamped();
		assertThat(clamped).isNotNull().isBetween(100, 500);
		assertThat(this.upstream.bodies().getFirst()).contains("\"max_tokens\":" + clamped);
		assertThat(this.world.decisions().getFirst().attempts().getFirst().clamped()).isEqualTo(clamped);
	}

	@Test
	void refusesWithTheBudgetsNameAndNumbersWhereNotEvenTheMinimumFits() {
		this.world.deployment("a", this.upstream);
		this.world.policy("ordered", OnSoftLimit.WARN, "a");
		this.world.budget(500_000L, null);
		RecordingSink client = RecordingSink.patient();
		Outcome outcome = this.world.serve(RoutingWorld.chat("a"), client);
		assertThat(outcome).isInstanceOfSatisfying(Outcome.Refused.class, (refused) -> {
			assertThat(refused.error().status()).isEqualTo(402);
			assertThat(refused.error().code()).isEqualTo("budget_exceeded");
			assertThat(refused.error().message()).contains("'monthly'").contains("0.0005 USD");
			assertThat(refused.error().details()).containsEntry("limit", "0.0005").containsKey("renews_at");
			assertThat(refused.attempts()).isZero();
		});
		assertThat(client.begun()).isFalse();
		assertThat(this.upstream.bodies()).isEmpty();
		assertThat(this.world.ledger()).isEmpty();
		assertThat(this.world.decisions().getFirst().candidates()).extracting(DecisionRecord.Candidate::reason)
			.containsExactly(ReasonCode.OVER_BUDGET);
	}

	@Test
	void goesToACheaperCandidateWhereTheFirstDoesNotFit() {
		this.world.deployment("dear", this.upstream);
		this.world.deployment("cheap", this.upstream);
		this.world.registry.price("cheap", "0.01", "0.01");
		this.world.policy("ordered", OnSoftLimit.WARN, "dear", "cheap");
		this.world.budget(500_000L, null);
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.chat("auto"), client)).isInstanceOf(Outcome.Answered.class);
		assertThat(client.head().deployment()).isEqualTo("cheap");
		assertThat(client.head().clamped()).isNull();
	}

	@Test
	void takesTheCheapestFirstOnceASoftLimitIsPassed() {
		this.world.deployment("dear", this.upstream);
		this.world.deployment("cheap", this.upstream);
		this.world.registry.price("cheap", "0.01", "0.01");
		this.world.policy("ordered", OnSoftLimit.CHEAPER, "dear", "cheap");
		this.world.budget(1_000_000_000L, 1_000L);
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.chat("auto"), client)).isInstanceOf(Outcome.Answered.class);
		assertThat(client.head().deployment()).isEqualTo("cheap");
		assertThat(client.head().warning()).isNotNull();
		DecisionRecord decision = this.world.decisions().getFirst();
		assertThat(decision.overSoftLimit()).isTrue();
		assertThat(decision.candidates().getFirst().reason()).isEqualTo(ReasonCode.CHOSEN);
	}

	@Test
	void onlyWarnsAboutASoftLimitWhereThePolicySaysSo() {
		this.world.deployment("dear", this.upstream);
		this.world.deployment("cheap", this.upstream);
		this.world.registry.price("cheap", "0.01", "0.01");
		this.world.policy("ordered", OnSoftLimit.WARN, "dear", "cheap");
		this.world.budget(null, 1_000L);
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.chat("auto"), client)).isInstanceOf(Outcome.Answered.class);
		assertThat(client.head().deployment()).isEqualTo("dear");
		assertThat(client.head().warning()).isNotNull();
	}

	@Test
	void refusesWhatHasNoPriceUnderAHardBudgetAndServesItOtherwise() {
		this.world.registry.openAi("free", "model-free", this.upstream.baseUrl());
		assertThat(this.world.serve(RoutingWorld.chat("free"), RecordingSink.patient()))
			.isInstanceOf(Outcome.Answered.class);
		assertThat(this.world.ledger()).containsExactly("10/5 0");
		this.world.budget(1_000_000_000L, null);
		Outcome outcome = this.world.serve(RoutingWorld.chat("free"), RecordingSink.patient());
		assertThat(outcome).isInstanceOfSatisfying(Outcome.Refused.class, (refused) -> {
			assertThat(refused.error().status()).isEqualTo(400);
			assertThat(refused.error().code()).isEqualTo("unpriced_model");
		});
	}

	@Test
	void explainsWhatTheBudgetsAndRatesWouldDoWithoutHoldingAnything() {
		this.world.deployment("dear", this.upstream);
		this.world.registry.price("dear", "1000", "1000");
		this.world.deployment("a", this.upstream);
		this.world.policy("ordered", OnSoftLimit.WARN, "dear", "a");
		this.world.budget(5_000_000L, null);
		RoutingService.Explanation explained = this.world.explain(RoutingWorld.chat("auto"));
		assertThat(explained.error()).isNull();
		assertThat(explained.verdicts()).extracting(RoutingService.Verdict::deployment).containsExactly("a", "dear");
		assertThat(explained.verdicts()).extracting(RoutingService.Verdict::rank).containsExactly(1, 0);
		assertThat(explained.verdicts().getLast().reason()).isEqualTo("over_budget");
		RecordingSink client = RecordingSink.patient();
		this.world.serve(RoutingWorld.chat("auto"), client);
		assertThat(client.head().deployment()).isEqualTo("a");
		assertThat(explained.verdicts().getFirst().detail()).contains("lowered to " + client.head().clamped());
		assertThat(this.upstream.bodies()).hasSize(1);
	}

	@Test
	void explainsTheRefusalsThatAClientWouldGet() {
		this.world.deployment("a", this.upstream);
		this.world.policy("ordered", OnSoftLimit.WARN, "a");
		this.world.limitRequestsPerMinute(1);
		Outcome last = this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient());
		assertThat(last).isInstanceOf(Outcome.Answered.class);
		this.world.limitTokensPerMinute(10);
		assertThat(this.world.explain(RoutingWorld.chat("auto")).error())
			.satisfies((error) -> assertThat(java.util.Objects.requireNonNull(error).status()).isEqualTo(429));
		this.world.budget(1L, null);
		assertThat(this.world.explain(RoutingWorld.chat("auto")).error()).satisfies(
				(error) -> assertThat(java.util.Objects.requireNonNull(error).code()).isEqualTo("budget_exceeded"));
		assertThat(this.upstream.bodies()).hasSize(1);
	}

	@Test
	void explainsThatTheCheapestComesFirstOverASoftLimit() {
		this.world.deployment("dear", this.upstream);
		this.world.deployment("cheap", this.upstream);
		this.world.registry.price("cheap", "0.01", "0.01");
		this.world.policy("ordered", OnSoftLimit.CHEAPER, "dear", "cheap");
		assertThat(this.world.explain(RoutingWorld.chat("auto")).verdicts().getFirst().deployment()).isEqualTo("dear");
		this.world.budget(null, 1_000L);
		RoutingService.Explanation explained = this.world.explain(RoutingWorld.chat("auto"));
		assertThat(explained.strategy()).isEqualTo("cheapest");
		assertThat(explained.verdicts()).extracting(RoutingService.Verdict::deployment)
			.containsExactly("cheap", "dear");
	}

	@Test
	void limitsRequestsPerMinute() {
		this.world.deployment("a", this.upstream);
		this.world.limitRequestsPerMinute(1);
		List<Outcome> outcomes = List.of(this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient()),
				this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient()),
				this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient()));
		assertThat(outcomes.getLast()).isInstanceOfSatisfying(Outcome.Refused.class, (refused) -> {
			assertThat(refused.error().status()).isEqualTo(429);
			assertThat(refused.error().code()).isEqualTo("rate_limit_exceeded");
			assertThat(refused.error().retryAfter()).isNotNull();
		});
	}

	@Test
	void quarantinesADeploymentThatBillsMoreThanItsBoundAndPostsTheWholeOfIt() {
		try (ScriptedUpstream greedy = ScriptedUpstream
			.replying(ScriptedUpstream.json(200, ScriptedUpstream.answer("fine", 10, 50_000)))) {
			this.world.deployment("greedy", greedy);
			this.world.budget(1_000_000_000L, null);
			assertThat(this.world.serve(RoutingWorld.chat("greedy"), RecordingSink.patient()))
				.isInstanceOf(Outcome.Answered.class);
			assertThat(this.world.ledger()).containsExactly("10/50000 500010000");
			assertThat(this.world.quarantined)
				.containsExactly(this.world.registry.get("greedy").id() + " billed_over_bound");
			assertThat(this.world.overBound()).isEmpty();
			assertThat(this.world.meters.get("exchequer.over.bound").counter().count()).isEqualTo(1);
		}
	}

	@Test
	void quarantinesNothingThatCostMoreThanWasOnlyExpectedOfIt() {
		try (ScriptedUpstream greedy = ScriptedUpstream
			.replying(ScriptedUpstream.json(200, ScriptedUpstream.answer("fine", 10, 50_000)))) {
			this.world.deployment("greedy", greedy);
			this.world.policy("ordered", OnSoftLimit.WARN, "greedy");
			assertThat(this.world.serve(UNBOUNDED, RecordingSink.patient())).isInstanceOf(Outcome.Answered.class);
			assertThat(this.world.ledger()).containsExactly("10/50000 500010000");
			this.world.overBounds.look();
			assertThat(this.world.quarantined).isEmpty();
		}
	}

	@Test
	void quarantinesADeploymentOverItsBoundThoughTheSettlementsAnswerIsLost() {
		try (ScriptedUpstream greedy = ScriptedUpstream
			.replying(ScriptedUpstream.json(200, ScriptedUpstream.answer("fine", 10, 50_000)))) {
			this.world.deployment("greedy", greedy);
			this.world.budget(1_000_000_000L, null);
			this.world.loseTheSettlementsAnswers();
			assertThat(this.world.serve(RoutingWorld.chat("greedy"), RecordingSink.patient()))
				.isNotInstanceOf(Outcome.Answered.class);
			assertThat(this.world.ledger()).containsExactly("10/50000 500010000");
			this.world.overBounds.look();
			assertThat(this.world.quarantined)
				.containsExactly(this.world.registry.get("greedy").id() + " billed_over_bound");
		}
	}

	@Test
	void quarantinesADeploymentOverItsBoundOnceTheDatabaseTakesIt() {
		try (ScriptedUpstream greedy = ScriptedUpstream
			.replying(ScriptedUpstream.json(200, ScriptedUpstream.answer("fine", 10, 50_000)))) {
			this.world.deployment("greedy", greedy);
			this.world.budget(1_000_000_000L, null);
			this.world.quarantinesToFail.set(2);
			assertThat(this.world.serve(RoutingWorld.chat("greedy"), RecordingSink.patient()))
				.isInstanceOf(Outcome.Answered.class);
			this.world.overBounds.look();
			assertThat(this.world.quarantined).isEmpty();
			assertThat(this.world.overBound()).hasSize(1);
			this.world.overBounds.look();
			assertThat(this.world.quarantined)
				.containsExactly(this.world.registry.get("greedy").id() + " billed_over_bound");
			assertThat(this.world.overBound()).isEmpty();
			this.world.overBounds.look();
			assertThat(this.world.quarantined).hasSize(1);
			assertThat(this.world.meters.get("exchequer.over.bound").counter().count()).isEqualTo(1);
		}
	}

	@Test
	void sendsNothingAndAsksToComeBackWhereTheLedgerDoesNotAnswer() {
		this.world.deployment("a", this.upstream);
		this.world.closeBilling();
		Outcome outcome = this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient());
		assertThat(outcome).isInstanceOfSatisfying(Outcome.Refused.class, (refused) -> {
			assertThat(refused.error().status()).isEqualTo(503);
			assertThat(refused.error().code()).isEqualTo("billing_unavailable");
			assertThat(refused.error().retryAfter()).isNotNull();
		});
		assertThat(this.upstream.bodies()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void callsNothingMoreForARequestWhoseKeyWentToARepetitionWhileItsBudgetsChanged(boolean mayGoOn) {
		AtomicInteger asked = new AtomicInteger();
		try (ScriptedUpstream busy = ScriptedUpstream.replying((connection) -> {
			this.world.budget(1_000_000_000L, null);
			ScriptedUpstream.json(503, "{}").to(connection);
		})) {
			this.world.deployment("busy", busy);
			this.world.deployment("a", this.upstream);
			this.world.policy("ordered", OnSoftLimit.WARN, "busy", "a");
			Outcome outcome = this.world.serve(this.world.request(RoutingWorld.chat("auto")).goingOnWhile(() -> {
				asked.incrementAndGet();
				return mayGoOn;
			}), RecordingSink.patient());
			assertThat(asked).hasValue(1);
			if (mayGoOn) {
				assertThat(outcome).isInstanceOf(Outcome.Answered.class);
				return;
			}
			assertThat(outcome).isInstanceOfSatisfying(Outcome.Refused.class, (refused) -> {
				assertThat(refused.error().status()).isEqualTo(409);
				assertThat(refused.error().code()).isEqualTo("idempotency_taken_over");
			});
			assertThat(this.upstream.bodies()).isEmpty();
			assertThat(this.world.ledger()).isEmpty();
		}
	}

	@ParameterizedTest
	@CsvSource({ "budgets, 503, billing_unavailable, RANKED", "fault, 500, internal_error, FAULTED",
			"claim, 503, billing_unavailable, RANKED" })
	void endsARequestThatCalledAnUpstreamWhereItsBudgetsCannotBeReadAgain(String what, int status, String code,
			ReasonCode whyNotTheOther) {
		try (ScriptedUpstream busy = ScriptedUpstream.replying((connection) -> {
			this.world.budget(1_000_000_000L, null);
			ScriptedUpstream.json(503, "{}").to(connection);
		})) {
			this.world.deployment("busy", busy);
			this.world.deployment("a", this.upstream);
			this.world.policy("ordered", OnSoftLimit.WARN, "busy", "a");
			switch (what) {
				case "budgets" -> this.world.budgetsFail = new BillingUnavailableException("made for a test", null);
				case "fault" -> this.world.budgetsFail = new IllegalStateException("made for a test");
				case "claim" -> {
				}
				default -> throw new IllegalArgumentException(what);
			}
			Outcome outcome = this.world.serve(this.world.request(RoutingWorld.chat("auto")).goingOnWhile(() -> {
				throw new BillingUnavailableException("made for a test", null);
			}), RecordingSink.patient());
			assertThat(outcome).isInstanceOfSatisfying(Outcome.Refused.class, (refused) -> {
				assertThat(refused.error().status()).isEqualTo(status);
				assertThat(refused.error().code()).isEqualTo(code);
				assertThat(refused.attempts()).isEqualTo(1);
			});
			assertThat(this.upstream.bodies()).isEmpty();
			assertThat(this.world.decisions()).singleElement().satisfies((decision) -> {
				assertThat(decision.outcome()).isEqualTo(code);
				assertThat(decision.candidates()).extracting(DecisionRecord.Candidate::reason)
					.containsExactly(ReasonCode.FAILED, whyNotTheOther);
			});
		}
	}

	@Test
	void asksToBeServedAgainWhereTheBudgetsChangedSinceTheConfiguration() {
		this.world.deployment("a", this.upstream);
		RoutingConfiguration old = this.world.configuration();
		this.world.budget(1_000_000_000L, null);
		assertThatExceptionOfType(BudgetsChangedException.class)
			.isThrownBy(() -> this.world.serve(RoutingWorld.chat("a"), old, RecordingSink.patient()));
		assertThat(this.upstream.bodies()).isEmpty();
		assertThat(this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient()))
			.isInstanceOf(Outcome.Answered.class);
	}

	@Test
	void fallsBackToNothingUnpricedOnceAHardBudgetWasMadeInTheMiddleOfTheRequest() {
		try (ScriptedUpstream broken = ScriptedUpstream.replying(this::makeAHardBudgetAndFail)) {
			this.world.deployment("a", broken);
			this.world.registry.openAi("free", "model-free", this.upstream.baseUrl());
			this.world.policy("ordered", OnSoftLimit.WARN, "a", "free");
			Outcome outcome = this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient());
			assertThat(outcome).isInstanceOf(Outcome.Refused.class);
			assertThat(this.upstream.bodies()).isEmpty();
			assertThat(this.world.decisions().getFirst().candidates()).extracting(DecisionRecord.Candidate::reason)
				.contains(ReasonCode.UNPRICED);
		}
	}

	@Test
	void fallsBackToNothingUnboundedOnceAHardBudgetWasMadeInTheMiddleOfTheRequest() {
		try (ScriptedUpstream broken = ScriptedUpstream.replying(this::makeAHardBudgetAndFail)) {
			this.world.deployment("a", broken);
			this.world.deployment("b", this.upstream);
			this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
			Outcome outcome = this.world.serve(UNBOUNDED, RecordingSink.patient());
			assertThat(outcome).isInstanceOf(Outcome.Refused.class);
			assertThat(broken.bodies()).hasSize(1);
			assertThat(this.upstream.bodies()).isEmpty();
			assertThat(this.world.decisions().getFirst().candidates()).extracting(DecisionRecord.Candidate::reason)
				.contains(ReasonCode.UNBOUNDED);
		}
	}

	private void makeAHardBudgetAndFail(ScriptedUpstream.Connection connection)
			throws IOException, InterruptedException {
		this.world.budget(1_000_000_000L, null);
		ScriptedUpstream.json(503, "{}").to(connection);
	}

}
