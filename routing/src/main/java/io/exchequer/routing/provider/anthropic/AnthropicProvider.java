package io.exchequer.routing.provider.anthropic;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.LogLevel;
import com.anthropic.core.RequestOptions;
import com.anthropic.core.Timeout;
import com.anthropic.core.http.HttpResponseFor;
import com.anthropic.core.http.Interceptor;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.provider.translated.EventSink;
import io.exchequer.routing.provider.translated.Headers;
import io.exchequer.routing.provider.translated.Lacks;
import io.exchequer.routing.provider.translated.SdkClients;
import io.exchequer.routing.provider.translated.TranslatedProvider;
import io.exchequer.routing.wire.AssistantPrefill;
import io.exchequer.routing.wire.RequestDocument;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Anthropic's Messages API. The base URL is the vendor's own where none is given, and may
 * end with {@code /v1}; settings that begin with {@value Headers#PREFIX} are headers of
 * every call, such as {@code header.anthropic-beta}.
 */
@Component
public final class AnthropicProvider extends TranslatedProvider<AnthropicClient> {

	static final String BASE_URL = "https://api.anthropic.com";

	private static final int IDLE_CONNECTIONS_MAX = 64;

	/**
	 * Shorter than servers keep a connection: what breaks while a request is sent on it
	 * may have a cost.
	 */
	private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

	/**
	 * The most tokens of the system prompts that tell a model of its tools and of the
	 * form of its answer. The documentation counts several hundred for the tools.
	 */
	private static final int SYSTEM_PROMPT_TOKENS = 1_024;

	public AnthropicProvider(Clock clock) {
		super(clock);
	}

	@Override
	public Set<String> kinds() {
		return Set.of("anthropic");
	}

	@Override
	public boolean knowsItsAddress() {
		return true;
	}

	@Override
	public void checkSettings(Map<String, String> settings) {
		Headers.of(settings);
	}

	@Override
	public void checkOptions(Map<String, String> options) {
		AssistantPrefill.check(options);
	}

	@Override
	public int inputTokensAdded(RequestDocument document, Deployment deployment) {
		return (document.tools() ? SYSTEM_PROMPT_TOKENS : 0) + (document.structuredOutput() ? SYSTEM_PROMPT_TOKENS : 0);
	}

	@Override
	protected AnthropicClient connect(SdkClients.Key key) {
		AnthropicOkHttpClient.Builder client = AnthropicOkHttpClient.builder()
			.baseUrl(baseUrl(key.baseUrl()))
			.apiKey((key.credential() != null) ? key.credential().secret() : "none")
			.maxRetries(0)
			.maxIdleConnections(IDLE_CONNECTIONS_MAX)
			.keepAliveDuration(KEEP_ALIVE)
			.responseValidation(false)
			.logLevel(LogLevel.OFF)
			.openTelemetry(false)
			.addInterceptor(Interceptor
				.syncOnly((next, request, options) -> new WatchedResponse(next.execute(request, options))))
			.replaceHeaders("User-Agent", "Exchequer");
		Headers.of(key.settings()).forEach(client::replaceHeaders);
		return client.build();
	}

	private static String baseUrl(String given) {
		String url = given.isEmpty() ? BASE_URL : given;
		while (url.endsWith("/")) {
			url = url.substring(0, url.length() - 1);
		}
		return url.endsWith("/v1") ? url.substring(0, url.length() - "/v1".length()) : url;
	}

	@Override
	protected void disconnect(AnthropicClient client) {
		client.close();
	}

	@Override
	protected void lacks(ChatRequest request, Deployment deployment, Lacks lacks) {
		ClaudeLacks.of(request, lacks);
	}

	@Override
	protected @Nullable UpstreamFailure failure(Throwable problem, Instant now) {
		return ClaudeFailures.of(problem, now);
	}

	@Override
	protected void converse(AnthropicClient client, ChatRequest request, UpstreamCall call, EventSink events)
			throws Exception {
		MessageCreateParams params = ClaudeRequest.of(request);
		ClaudeEvents told = new ClaudeEvents(events, clock().instant().getEpochSecond());
		if (call.stream()) {
			stream(client, params, call, events, told);
			return;
		}
		try (HttpResponseFor<Message> answer = client.messages().withRawResponse().create(params, options(call))) {
			events.requestId(answer.requestId().orElse(null));
			told.message(answer.parse());
		}
	}

	private static void stream(AnthropicClient client, MessageCreateParams params, UpstreamCall call, EventSink events,
			ClaudeEvents told) throws Exception {
		try (HttpResponseFor<StreamResponse<RawMessageStreamEvent>> answer = client.messages()
			.withRawResponse()
			.createStreaming(params, options(call))) {
			events.requestId(answer.requestId().orElse(null));
			try (StreamResponse<RawMessageStreamEvent> stream = answer.parse()) {
				Iterator<RawMessageStreamEvent> each = stream.stream().iterator();
				while (each.hasNext()) {
					told.next(each.next());
				}
			}
		}
		if (!told.isEnded()) {
			throw new UpstreamFailure(FailureClass.BROKEN_ANSWER, "the stream ended before its answer was complete",
					true, null, 0);
		}
	}

	/** The platform's own limits are shorter; the SDK's only bound what they miss. */
	private static RequestOptions options(UpstreamCall call) {
		Duration total = call.deployment().settings().totalTimeout();
		return RequestOptions.builder()
			.followRedirects(false)
			.timeout(Timeout.builder()
				.connect(call.deployment().settings().connectTimeout())
				.read(total)
				.write(total)
				.request(total)
				.build())
			.build();
	}

}
