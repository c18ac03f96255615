package io.exchequer.routing.execution;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;

import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Modality;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;
import io.exchequer.routing.wire.RequestDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class OutputLimitTests {

	@Test
	void leavesTheClientsLimitAlone() throws Exception {
		assertThat(OutputLimit.of(document(40_000, ",\"max_tokens\":9000"), capabilities(8192, 4096), null))
			.isEqualTo(new OutputLimit(9000, false, false));
	}

	@Test
	void takesTheDefaultWhereThereIsRoomForIt() throws Exception {
		assertThat(OutputLimit.of(document(400, ""), capabilities(8192, 16_384), null))
			.isEqualTo(new OutputLimit(RoutingPolicy.DEFAULT_MAX_OUTPUT, true, false));
		assertThat(OutputLimit.of(document(400, ""), capabilities(8192, 2048), null))
			.isEqualTo(new OutputLimit(2048, true, false));
	}

	@Test
	void saysWhereTheContextWindowLeavesLessThanTheDefault() throws Exception {
		OutputLimit limit = OutputLimit.of(document(24_000, ""), capabilities(8192, 4096), null);
		assertThat(limit.tokens()).isBetween(2000, 2192);
		assertThat(limit.lowered()).isTrue();
		assertThat(limit.spliced()).isTrue();
	}

	@Test
	void neverCutsBelowTheMinimumOnAGuess() throws Exception {
		for (int letters : new int[] { 32_000, 32_768, 40_000 }) {
			assertThat(OutputLimit.of(document(letters, ""), capabilities(8192, 4096), null))
				.isEqualTo(new OutputLimit(RoutingPolicy.DEFAULT_MIN_OUTPUT, true, true));
		}
		assertThat(OutputLimit.of(document(40_000, ""), capabilities(8192, 100), null))
			.isEqualTo(new OutputLimit(100, true, false));
	}

	@Test
	void leavesWhatThePartThatIsThereDoesNotUse() {
		OutputLimit limit = new OutputLimit(10, false, false);
		assertThat(limit.without(0)).isSameAs(limit);
		assertThat(limit.isUsedUpBy(9)).isFalse();
		assertThat(limit.without(9)).isEqualTo(new OutputLimit(1, true, false));
	}

	@ParameterizedTest
	@ValueSource(ints = { 10, 11 })
	void leavesNothingOfALimitThatIsUsedUp(int made) {
		OutputLimit limit = new OutputLimit(10, false, false);
		assertThat(limit.isUsedUpBy(made)).isTrue();
		assertThatIllegalArgumentException().isThrownBy(() -> limit.without(made)).withMessageContaining("10");
	}

	private static RequestDocument document(int letters, String members) throws InvalidRequestException {
		byte[] body = ("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"" + "x".repeat(letters) + "\"}]"
				+ members + "}")
			.getBytes(StandardCharsets.UTF_8);
		return OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, body, body.length);
	}

	private static Capabilities capabilities(int window, int maxOutput) {
		return new Capabilities(EnumSet.of(Modality.TEXT), EnumSet.of(Modality.TEXT), true, true, false, window,
				maxOutput, null);
	}

}
