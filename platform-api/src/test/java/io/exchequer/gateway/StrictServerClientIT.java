package io.exchequer.gateway;

import java.util.List;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.BadRequestException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.CacheControlEphemeral;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.TextBlockParam;
import com.anthropic.models.messages.ThinkingBlockParam;
import io.exchequer.testing.StrictServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Anthropic's official client against an upstream that takes OpenAI's own members and no
 * others.
 */
class StrictServerClientIT {

	private static StrictServer upstream;

	private static StartedPlatform platform;

	private static AnthropicClient client;

	@BeforeAll
	static void start() {
		upstream = new StrictServer();
		platform = new StartedPlatform(upstream.baseUrl());
		platform.strictModel("strict", upstream.baseUrl());
		client = AnthropicOkHttpClient.builder()
			.apiKey(platform.key())
			.baseUrl("http://localhost:" + platform.port())
			.maxRetries(0)
			.build();
	}

	@AfterAll
	static void stop() {
		client.close();
		platform.close();
		upstream.close();
	}

	@AfterEach
	void leavesNoHold() {
		assertThat(platform.count("hold")).isZero();
		upstream.bodies().clear();
	}

	@Test
	void carriesCacheMarksAndAThinkingBudget() {
		MessageCreateParams asked = marked().enabledThinking(8000).build();
		assertThat(text(client.messages().create(asked))).isEqualTo("fine");
		MessageAccumulator accumulator = MessageAccumulator.create();
		try (StreamResponse<RawMessageStreamEvent> events = client.messages().createStreaming(asked)) {
			events.stream().forEach(accumulator::accumulate);
		}
		assertThat(text(accumulator.message())).isEqualTo("fine");
		assertThat(accumulator.message().usage().outputTokens()).isEqualTo(5);
		assertThat(upstream.bodies()).hasSize(2).allSatisfy((body) -> {
			JsonNode sent = JsonMapper.shared().readTree(body);
			assertThat(sent.get("reasoning_effort").asString()).isEqualTo("medium");
			assertThat(sent.at("/messages/0/content/0/text").asString()).isEqualTo("You help.");
			assertThat(body).doesNotContain("cache_control", "thinking");
		});
	}

	@Test
	void namesWhatHasNoPlaceThereByTheClientsOwnPath() {
		MessageCreateParams asked = marked().putAdditionalBodyProperty("top_k", JsonValue.from(5))
			.addAssistantMessageOfContentBlockParams(List.of(
					ContentBlockParam.ofThinking(ThinkingBlockParam.builder().thinking("Hm.").signature("sig").build()),
					ContentBlockParam.ofText(TextBlockParam.builder().text("Well.").build())))
			.addUserMessage("Go on")
			.build();
		assertThatExceptionOfType(BadRequestException.class).isThrownBy(() -> client.messages().create(asked))
			.satisfies((ex) -> assertThat(ex.body().toString()).contains("unsupported_parameter", "messages[1]"));
		assertThat(upstream.bodies()).isEmpty();
		MessageCreateParams dropping = asked.toBuilder()
			.putAdditionalHeader("X-Exchequer-Drop-Unsupported", "true")
			.build();
		try (var response = client.withRawResponse().messages().create(dropping)) {
			assertThat(response.statusCode()).isEqualTo(200);
			assertThat(response.headers().values("X-Exchequer-Dropped")).singleElement()
				.asString()
				.contains("messages[1]", "top_k");
		}
		assertThat(upstream.bodies()).singleElement().asString().contains("Well.").doesNotContain("Hm.");
	}

	private static MessageCreateParams.Builder marked() {
		CacheControlEphemeral mark = CacheControlEphemeral.builder().build();
		return MessageCreateParams.builder()
			.model("strict")
			.maxTokens(4000)
			.systemOfTextBlockParams(List.of(TextBlockParam.builder().text("You help.").cacheControl(mark).build()))
			.addUserMessageOfContentBlockParams(
					List.of(ContentBlockParam.ofText(TextBlockParam.builder().text("hi").cacheControl(mark).build())));
	}

	private static String text(Message message) {
		StringBuilder text = new StringBuilder();
		message.content()
			.stream()
			.flatMap((block) -> block.text().stream())
			.forEach((block) -> text.append(block.text()));
		return text.toString();
	}

}
