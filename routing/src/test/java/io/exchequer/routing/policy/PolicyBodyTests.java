package io.exchequer.routing.policy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.routing.PolicyDefinition;
import io.exchequer.routing.RoutingPolicy;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is stored of a policy's version.
 */
class PolicyBodyTests {

	private static final TenantId TENANT = new TenantId(new UUID(1, 1));

	@Test
	void keepsWhetherBrokenStreamsAreGoneOnWith() {
		String stored = body(true).toJson();
		assertThat(PolicyBody.parse(stored)).isEqualTo(body(true));
		assertThat(PolicyBody.parse(stored).policy(TENANT, new UUID(1, 2), 1).fallback().continueStreams()).isTrue();
	}

	@Test
	void readsAVersionThatIsOlderThanTheQuestionAsOneThatEndsThem() {
		String stored = body(false).toJson();
		String older = stored.replace(",\"continueStreams\":false", "");
		assertThat(older).isNotEqualTo(stored);
		assertThat(PolicyBody.parse(older)).isEqualTo(body(false));
		assertThat(PolicyBody.parse(older).policy(TENANT, new UUID(1, 2), 1).fallback().continueStreams()).isFalse();
	}

	private static PolicyBody body(boolean continueStreams) {
		return PolicyBody.of(new PolicyDefinition("p", "chat", List.of(new RoutingPolicy.Candidate("m", 1)), null, null,
				null, null, new RoutingPolicy.Fallback(2, Duration.ofSeconds(30), Map.of(), continueStreams), null));
	}

}
