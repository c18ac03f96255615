package io.exchequer.routing.execution;

import java.util.EnumSet;
import java.util.Map;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.registry.Modality;
import io.exchequer.routing.RoutingPolicy.OnSoftLimit;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.wire.Endpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Reranking, moderation, images and speech over real HTTP and a real ledger. The answers
 * have the forms that the vendors document.
 */
class UnitsIT {

	private static final String RERANK = "{\"model\":\"a\",\"query\":\"cat\",\"documents\":[\"one\",\"two\"],\"top_n\":1}";

	private static final String COHERE = """
			{"id":"07734bd2","results":[{"index":1,"relevance_score":0.9}],"meta":{"api_version":{"version":"2"},\
			"billed_units":{"search_units":1}}}""";

	private static final String IMAGES = "{\"model\":\"a\",\"prompt\":\"a cat\",\"n\":2,\"size\":\"1024x1024\"}";

	private static final String TWO_IMAGES = "{\"created\":1,\"data\":[{\"url\":\"https://x/1\"},{\"url\":\"https://x/2\"}]}";

	private static final String SPEECH = "{\"model\":\"a\",\"voice\":\"alloy\",\"input\":\"hello\"}";

	private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nTransfer-Encoding: chunked\r\n\r\n";

	private static final ScriptedUpstream.Reply SOUND = sound("ID3", "more", "last");

	private final RoutingWorld world = new RoutingWorld();

	@AfterEach
	void leavesNoHold() {
		try (this.world) {
			assertThat(this.world.openHolds()).isEmpty();
			assertThat(this.world.held()).isZero();
		}
	}

	@Test
	void billsARankingByTheSearchUnitsItTells() {
		try (ScriptedUpstream upstream = ScriptedUpstream.replying(ScriptedUpstream.json(200, COHERE))) {
			deployment("a", upstream, Map.of(UsageBucket.QUERIES, "0.002"));
			this.world.budget(2_000_000L, null);
			RecordingSink client = RecordingSink.patient();
			assertThat(serve(Endpoint.RERANK, RERANK, client)).isInstanceOf(Outcome.Answered.class);
			assertThat(client.body()).isEqualTo(COHERE);
			assertThat(upstream.bodies()).containsExactly(RERANK.replace("\"a\"", "\"model-a\""));
			assertThat(this.world.unitLedger()).containsExactly("{\"QUERIES\": 1} 2000000");
			assertThat(serve(Endpoint.RERANK, RERANK, RecordingSink.patient())).isInstanceOfSatisfying(
					Outcome.Refused.class, (refused) -> assertThat(refused.error().status()).isEqualTo(402));
			assertThat(upstream.bodies()).hasSize(1);
		}
	}

	@Test
	void billsTheImagesThatWereMade() {
		try (ScriptedUpstream upstream = ScriptedUpstream.replying(ScriptedUpstream.json(200, TWO_IMAGES))) {
			deployment("a", upstream, Map.of(UsageBucket.IMAGES_OUT, "0.04"));
			this.world.budget(80_000_000L, null);
			RecordingSink client = RecordingSink.patient();
			assertThat(serve(Endpoint.IMAGES_GENERATIONS, IMAGES, client)).isInstanceOf(Outcome.Answered.class);
			assertThat(client.body()).isEqualTo(TWO_IMAGES);
			assertThat(this.world.unitLedger()).containsExactly("{\"IMAGES_OUT\": 2} 80000000");
		}
	}

	@Test
	void refusesImagesThatTheBudgetHasNoRoomForByOneNanoUnit() {
		try (ScriptedUpstream upstream = ScriptedUpstream.replying(ScriptedUpstream.json(200, TWO_IMAGES))) {
			deployment("a", upstream, Map.of(UsageBucket.IMAGES_OUT, "0.04"));
			this.world.budget(79_999_999L, null);
			assertThat(serve(Endpoint.IMAGES_GENERATIONS, IMAGES, RecordingSink.patient())).isInstanceOfSatisfying(
					Outcome.Refused.class,
					(refused) -> assertThat(refused.error().code()).isEqualTo("budget_exceeded"));
			assertThat(upstream.bodies()).isEmpty();
		}
	}

	@Test
	void refusesWhatNothingBoundsUnderAHardBudgetOnly() {
		String unsized = IMAGES.replace("1024x1024", "auto");
		try (ScriptedUpstream upstream = ScriptedUpstream.replying(ScriptedUpstream.json(200, TWO_IMAGES))) {
			deployment("a", upstream, Map.of(UsageBucket.PIXELS_OUT, "0.02"));
			assertThat(serve(Endpoint.IMAGES_GENERATIONS, unsized, RecordingSink.patient()))
				.isInstanceOf(Outcome.Answered.class);
			this.world.budget(1_000_000_000L, null);
			assertThat(serve(Endpoint.IMAGES_GENERATIONS, unsized, RecordingSink.patient())).isInstanceOfSatisfying(
					Outcome.Refused.class, (refused) -> assertThat(refused.error().code()).isEqualTo("unbounded_cost"));
			assertThat(upstream.bodies()).hasSize(1);
		}
	}

	@Test
	void fallsBackFromABrokenModerationAndBillsBoth() {
		String good = "{\"id\":\"m\",\"model\":\"x\",\"results\":[{\"flagged\":false}]}";
		try (ScriptedUpstream broken = ScriptedUpstream.replying(ScriptedUpstream.json(200, "{\"results\":[{"));
				ScriptedUpstream upstream = ScriptedUpstream.replying(ScriptedUpstream.json(200, good))) {
			deployment("a", broken, Map.of(UsageBucket.REQUEST, "0.001"));
			deployment("b", upstream, Map.of());
			this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
			this.world.budget(1_000_000_000L, null);
			RecordingSink client = RecordingSink.patient();
			assertThat(serve(Endpoint.MODERATIONS, "{\"model\":\"auto\",\"input\":\"hello\"}", client))
				.isInstanceOf(Outcome.Answered.class);
			assertThat(client.body()).isEqualTo(good);
			assertThat(client.head().deployment()).isEqualTo("b");
			assertThat(this.world.unitLedger()).hasSize(2).first().asString().startsWith("- 1000000 ");
		}
	}

	@Test
	void streamsSpeechAndBillsItsCharacters() {
		try (ScriptedUpstream upstream = ScriptedUpstream.replying(SOUND)) {
			deployment("a", upstream, Map.of(UsageBucket.CHARACTERS_IN, "15"));
			this.world.budget(75_000L, null);
			RecordingSink client = RecordingSink.patient();
			assertThat(serve(Endpoint.AUDIO_SPEECH, SPEECH, client)).isInstanceOf(Outcome.Answered.class);
			assertThat(client.body()).isEqualTo("ID3morelast");
			assertThat(client.head().contentType()).isEqualTo("audio/mpeg");
			assertThat(client.head().contentLength()).isEqualTo(-1);
			assertThat(this.world.unitLedger()).containsExactly("{\"CHARACTERS_IN\": 5} 75000");
		}
	}

	@Test
	void keepsTheLastOfTheSoundBackUntilTheSettlementIsDurable() {
		try (ScriptedUpstream upstream = ScriptedUpstream.replying(sound("ID3", "more", "[DONE]"))) {
			deployment("a", upstream, Map.of(UsageBucket.CHARACTERS_IN, "15"));
			RecordingSink client = RecordingSink
				.checking(() -> assertThat(this.world.unitLedger()).containsExactly("{\"CHARACTERS_IN\": 5} 75000"));
			assertThat(serve(Endpoint.AUDIO_SPEECH, SPEECH, client)).isInstanceOf(Outcome.Answered.class);
			assertThat(client.body()).endsWith("[DONE]");
		}
	}

	@Test
	void fallsBackFromSpeechThatIsNone() {
		try (ScriptedUpstream page = ScriptedUpstream.replying(ScriptedUpstream.html());
				ScriptedUpstream upstream = ScriptedUpstream.replying(SOUND)) {
			deployment("a", page, Map.of(UsageBucket.CHARACTERS_IN, "15"));
			deployment("b", upstream, Map.of(UsageBucket.CHARACTERS_IN, "15"));
			this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
			RecordingSink client = RecordingSink.patient();
			assertThat(serve(Endpoint.AUDIO_SPEECH, SPEECH.replace("\"a\"", "\"auto\""), client))
				.isInstanceOf(Outcome.Answered.class);
			assertThat(client.body()).isEqualTo("ID3morelast");
			assertThat(this.world.unitLedger()).hasSize(2).last().isEqualTo("{\"CHARACTERS_IN\": 5} 75000");
		}
	}

	@Test
	void doesNotEndBrokenSpeechAsIfItWereWhole() {
		try (ScriptedUpstream upstream = ScriptedUpstream.replying((connection) -> {
			connection.send(HEAD + chunk("x".repeat(20_000)));
			connection.send(chunk("y".repeat(20_000)));
			connection.reset();
		})) {
			deployment("a", upstream, Map.of(UsageBucket.CHARACTERS_IN, "15"));
			RecordingSink client = RecordingSink.patient();
			Outcome outcome = serve(Endpoint.AUDIO_SPEECH, SPEECH, client);
			assertThat(outcome).isInstanceOfAny(Outcome.BrokenOff.class, Outcome.Refused.class);
			assertThat(client.begun()).isEqualTo(outcome instanceof Outcome.BrokenOff);
			assertThat(this.world.unitLedger()).singleElement().asString().startsWith("- 75000 ");
		}
	}

	private Outcome serve(Endpoint endpoint, String body, RecordingSink client) {
		return this.world.serve(this.world.request(endpoint, body), client);
	}

	private void deployment(String name, ScriptedUpstream upstream, Map<UsageBucket, String> prices) {
		this.world.registry
			.model("model-" + name,
					new Capabilities(EnumSet.allOf(Modality.class), EnumSet.allOf(Modality.class), false, false, false,
							8192, 8192, null))
			.openAi(name, "model-" + name, upstream.baseUrl())
			.priceUnits(name, prices);
		this.world.settings(name, 0, OnDisconnect.DRAIN);
	}

	private static String chunk(String bytes) {
		return Integer.toHexString(bytes.length()) + "\r\n" + bytes + "\r\n";
	}

	private static ScriptedUpstream.Reply sound(String... chunks) {
		return (connection) -> {
			connection.send(HEAD);
			for (String chunk : chunks) {
				connection.send(chunk(chunk));
			}
			connection.send("0\r\n\r\n");
		};
	}

}
