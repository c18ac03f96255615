package io.exchequer.routing.execution;

import java.util.EnumSet;
import java.util.List;

import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Modality;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.testing.StrictServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The canonical wire's additions on their way to a server that refuses members that
 * OpenAI does not have.
 */
class StrictServerIT {

	private static final String HINTS = """
			{"model":"%s","messages":[{"role":"system","content":[{"type":"text","text":"s",\
			"cache_control":{"type":"ephemeral","ttl":"1h"}}]},{"role":"user","content":"x"},\
			{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function",\
			"function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}}]},\
			{"role":"tool","tool_call_id":"1","content":"no such file","is_error":true}],"tools":[{"type":"function",\
			"function":{"name":"f"},"cache_control":{"type":"ephemeral"}}],\
			"thinking":{"type":"enabled","budget_tokens":8000},"stream":%s}""";

	private final RoutingWorld world = new RoutingWorld();

	private final StrictServer upstream = new StrictServer();

	@AfterEach
	void leavesNoHold() {
		try (this.world; this.upstream) {
			assertThat(this.world.openHolds()).isEmpty();
			assertThat(this.world.held()).isZero();
		}
	}

	private void strict() {
		this.world.deployment("strict", this.upstream.baseUrl());
		this.world.option("strict", "strictMembers", "true");
		this.world.budget(1_000_000_000L, null);
	}

	@ParameterizedTest
	@CsvSource({ "false", "true" })
	void sendsWhatIsAHintOrHasAnotherFormThere(boolean stream) {
		strict();
		RecordingSink sink = RecordingSink.patient();
		assertThat(this.world.serve(HINTS.formatted("strict", stream), sink)).isInstanceOf(Outcome.Answered.class);
		assertThat(sink.body()).contains("fine");
		assertThat(sink.head().dropped()).isEmpty();
		assertThat(this.world.ledger()).containsExactly("10/5 60000");
		assertThat(this.upstream.bodies()).singleElement()
			.asString()
			.contains("\"reasoning_effort\":\"medium\"", "\"content\":\"Error: no such file\"");
	}

	@Test
	void isRefusedByTheServerWhereNobodySaysThatItIsStrict() {
		this.world.deployment("unknown", this.upstream.baseUrl());
		assertThat(this.world.serve(HINTS.formatted("unknown", false), RecordingSink.patient())).isInstanceOfSatisfying(
				Outcome.Refused.class, (refused) -> assertThat(refused.error().status()).isEqualTo(400));
		assertThat(this.upstream.bodies()).singleElement().asString().contains("cache_control", "is_error");
	}

	@Test
	void refusesWhatHasNoPlaceThereOrDropsItAndSaysSo() {
		strict();
		String body = """
				{"model":"strict","messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y",\
				"thinking_blocks":[{"type":"thinking","thinking":"t","signature":"s"}]},{"role":"user","content":"z"}],\
				"top_k":4}""";
		assertThat(this.world.serve(body, RecordingSink.patient())).isInstanceOfSatisfying(Outcome.Refused.class,
				(refused) -> {
					assertThat(refused.error().code()).isEqualTo("unsupported_parameter");
					assertThat(refused.error().param()).isEqualTo("messages[1].thinking_blocks");
					assertThat(refused.error().message()).contains("X-Exchequer-Drop-Unsupported");
				});
		assertThat(this.upstream.bodies()).isEmpty();
		RecordingSink sink = RecordingSink.patient();
		assertThat(this.world.serve(this.world.request(body).droppingUnsupported(true), sink))
			.isInstanceOf(Outcome.Answered.class);
		assertThat(sink.head().dropped()).containsExactly("messages[1].thinking_blocks", "top_k");
	}

	@Test
	void dropsNoImageThatAToolAnswered() {
		this.world.registry.model("model-strict", new Capabilities(EnumSet.of(Modality.TEXT, Modality.IMAGE),
				EnumSet.of(Modality.TEXT), true, true, false, 100_000, 8_192, 1_000));
		strict();
		String body = """
				{"model":"strict","messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,\
				"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},\
				{"role":"tool","tool_call_id":"1","content":[{"type":"image_url",\
				"image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""";
		assertThat(this.world.serve(this.world.request(body).droppingUnsupported(true), RecordingSink.patient()))
			.isInstanceOfSatisfying(Outcome.Refused.class,
					(refused) -> assertThat(refused.error().param()).isEqualTo("messages[2].content[0]"));
		assertThat(this.upstream.bodies()).isEmpty();
	}

	@Test
	void goesToTheServerThatTakesIt() {
		strict();
		try (ScriptedUpstream lenient = ScriptedUpstream
			.replying(ScriptedUpstream.json(200, ScriptedUpstream.answer("fine", 10, 5)))) {
			this.world.deployment("lenient", lenient);
			this.world.policy("ordered", RoutingPolicy.OnSoftLimit.WARN, "strict", "lenient");
			RecordingSink sink = RecordingSink.patient();
			String body = RoutingWorld.chat("auto").replace("\"messages\"", "\"top_k\": 4,\"messages\"");
			assertThat(this.world.serve(body, sink)).isInstanceOf(Outcome.Answered.class);
			assertThat(sink.head().deployment()).isEqualTo("lenient");
			assertThat(sink.head().dropped()).isEqualTo(List.of());
			assertThat(lenient.bodies()).singleElement().asString().contains("\"top_k\": 4");
		}
	}

}
