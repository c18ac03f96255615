package io.exchequer.gateway;

import java.util.List;
import java.util.Set;

import io.exchequer.registry.DataClass;
import io.exchequer.routing.wire.Endpoint;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RequestHeadersTests {

	private final MockHttpServletRequest request = new MockHttpServletRequest();

	@Test
	void takesTheTaskFromTheHeaderThenTheMetadataThenTheEndpoint() throws Rejection {
		assertThat(task(Endpoint.CHAT_COMPLETIONS, null)).isEqualTo("chat");
		assertThat(task(Endpoint.EMBEDDINGS, null)).isEqualTo("embedding");
		assertThat(task(Endpoint.CHAT_COMPLETIONS, "translation")).isEqualTo("translation");
		this.request.addHeader("X-Exchequer-Task", " summarisation ");
		assertThat(task(Endpoint.CHAT_COMPLETIONS, "translation")).isEqualTo("summarisation");
	}

	@Test
	void refusesATaskThatIsNoName() {
		for (String task : List.of("", " ", "-x", "a b", "a".repeat(65), "ä", "a\"b", "*")) {
			MockHttpServletRequest asked = new MockHttpServletRequest();
			asked.addHeader("X-Exchequer-Task", task);
			assertThatExceptionOfType(Rejection.class)
				.isThrownBy(() -> RequestHeaders.task(asked, TestWorld.document("m", null), TestWorld.IDENTITY))
				.satisfies((ex) -> assertThat(ex.error().code()).isEqualTo("invalid_task"));
		}
	}

	@Test
	void refusesATaskTheKeyMayNotBeUsedFor() {
		assertThatExceptionOfType(Rejection.class)
			.isThrownBy(() -> RequestHeaders.task(this.request, TestWorld.document("m", null),
					TestWorld.identity(Set.of("*"), Set.of())))
			.satisfies((ex) -> {
				assertThat(ex.error().status()).isEqualTo(403);
				assertThat(ex.error().code()).isEqualTo("task_not_allowed");
			});
	}

	@Test
	void unitesTheTagsOfKeyAndRequest() throws Rejection {
		assertThat(RequestHeaders.tags(this.request, TestWorld.IDENTITY)).containsExactly("blue", "red");
		this.request.addHeader("X-Exchequer-Tags", "red, customer:42 ,alpha");
		assertThat(RequestHeaders.tags(this.request, TestWorld.IDENTITY)).containsExactly("alpha", "blue",
				"customer:42", "red");
	}

	@Test
	void boundsTheTags() throws Rejection {
		this.request.addHeader("X-Exchequer-Tags", tags(RequestHeaders.TAGS_MAX));
		assertThat(RequestHeaders.tags(this.request, TestWorld.IDENTITY)).hasSize(RequestHeaders.TAGS_MAX + 2);
		for (String header : List.of(tags(RequestHeaders.TAGS_MAX + 1), "a,,b", "a b", "x".repeat(65), ",")) {
			MockHttpServletRequest asked = new MockHttpServletRequest();
			asked.addHeader("X-Exchequer-Tags", header);
			assertThatExceptionOfType(Rejection.class).isThrownBy(() -> RequestHeaders.tags(asked, TestWorld.IDENTITY))
				.satisfies((ex) -> assertThat(ex.error().code()).isEqualTo("invalid_tags"));
		}
	}

	@Test
	void takesNoTagThatSaysWhichUserAsked() throws Rejection {
		for (String header : List.of("user:42", "red, user:0198c0de", "user:")) {
			MockHttpServletRequest asked = new MockHttpServletRequest();
			asked.addHeader("X-Exchequer-Tags", header);
			assertThatExceptionOfType(Rejection.class).isThrownBy(() -> RequestHeaders.tags(asked, TestWorld.IDENTITY))
				.satisfies((ex) -> {
					assertThat(ex.error().status()).isEqualTo(400);
					assertThat(ex.error().code()).isEqualTo("invalid_tags");
				});
		}
		this.request.addHeader("X-Exchequer-Tags", "user, users:42");
		assertThat(RequestHeaders.tags(this.request, TestWorld.IDENTITY)).contains("user", "users:42");
		assertThat(RequestHeaders.tags(new MockHttpServletRequest(), TestWorld.IDENTITY.tagged("user:42")))
			.as("the platform's own")
			.contains("user:42");
	}

	@Test
	void readsTheDataClass() throws Rejection {
		assertThat(RequestHeaders.dataClass(this.request)).isNull();
		this.request.addHeader("X-Exchequer-Data-Class", "confidential");
		assertThat(RequestHeaders.dataClass(this.request)).isEqualTo(DataClass.CONFIDENTIAL);
		MockHttpServletRequest wrong = new MockHttpServletRequest();
		wrong.addHeader("X-Exchequer-Data-Class", "secret");
		assertThatExceptionOfType(Rejection.class).isThrownBy(() -> RequestHeaders.dataClass(wrong));
	}

	@Test
	void checksTheIdempotencyKeysForm() throws Rejection {
		assertThat(RequestHeaders.idempotencyKey(this.request)).isNull();
		for (String key : List.of("k", "!~", "x".repeat(255))) {
			MockHttpServletRequest asked = new MockHttpServletRequest();
			asked.addHeader("Idempotency-Key", key);
			assertThat(RequestHeaders.idempotencyKey(asked)).isEqualTo(key);
		}
		for (String key : List.of("", "a b", "x".repeat(256), "ü", "\u007f")) {
			MockHttpServletRequest asked = new MockHttpServletRequest();
			asked.addHeader("Idempotency-Key", key);
			assertThatExceptionOfType(Rejection.class).isThrownBy(() -> RequestHeaders.idempotencyKey(asked))
				.satisfies((ex) -> assertThat(ex.error().code()).isEqualTo("invalid_idempotency_key"));
		}
	}

	private String task(Endpoint endpoint, @Nullable String metadataTask) throws Rejection {
		return RequestHeaders.task(this.request, TestWorld.document(endpoint, "m", metadataTask), TestWorld.IDENTITY);
	}

	private static String tags(int count) {
		StringBuilder header = new StringBuilder("t0");
		for (int tag = 1; tag < count; tag++) {
			header.append(",t").append(tag);
		}
		return header.toString();
	}

	@Test
	void leavesNothingOutUnlessTheClientSaysSo() throws Rejection {
		assertThat(RequestHeaders.dropUnsupported(this.request)).isFalse();
		this.request.addHeader("X-Exchequer-Drop-Unsupported", " TRUE ");
		assertThat(RequestHeaders.dropUnsupported(this.request)).isTrue();
		MockHttpServletRequest wrong = new MockHttpServletRequest();
		wrong.addHeader("X-Exchequer-Drop-Unsupported", "yes");
		assertThatExceptionOfType(Rejection.class).isThrownBy(() -> RequestHeaders.dropUnsupported(wrong));
	}

}
