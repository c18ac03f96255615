package io.exchequer.routing.provider.gemini;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

import com.google.genai.ResponseStream;
import com.google.genai.types.GenerateContentResponse;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.provider.translated.EventSink;
import io.exchequer.routing.provider.translated.Headers;
import io.exchequer.routing.provider.translated.Lacks;
import io.exchequer.routing.provider.translated.SdkClients;
import io.exchequer.routing.provider.translated.TranslatedProvider;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.RequestDocument;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Google's Gemini models: {@code gemini} by the Gemini API and its keys,
 * {@code vertex-ai} by Vertex AI. The base URL is the vendor's own where none is given,
 * and may end with the API's version. Settings: {@code project} and {@code location} of
 * Vertex AI, {@code api-version}, and those that begin with {@value Headers#PREFIX},
 * which are headers of every call.
 */
@Component
public final class GeminiProvider extends TranslatedProvider<GeminiClient> {

	static final String GEMINI = "gemini";

	static final String VERTEX = "vertex-ai";

	/**
	 * The most tokens that tell a model of its tools or of the form of its answer. The
	 * vendor documents none beyond the declarations themselves.
	 */
	private static final int INSTRUCTION_TOKENS = 512;

	public GeminiProvider(Clock clock) {
		super(clock);
	}

	@Override
	public Set<String> kinds() {
		return Set.of(GEMINI, VERTEX);
	}

	@Override
	public boolean knowsItsAddress() {
		return true;
	}

	@Override
	public void checkSettings(Map<String, String> settings) {
		GeminiSettings.of(settings);
	}

	@Override
	public int inputTokensAdded(RequestDocument document, Deployment deployment) {
		return (document.tools() || document.structuredOutput()) ? INSTRUCTION_TOKENS : 0;
	}

	@Override
	protected GeminiClient connect(SdkClients.Key key) {
		return GeminiClient.of(key, clock());
	}

	@Override
	protected void disconnect(GeminiClient client) {
		client.close();
	}

	@Override
	protected void lacks(ChatRequest request, Deployment deployment, Lacks lacks) {
		GeminiLacks.of(request, deployment.provider().kind().equals(VERTEX), lacks);
	}

	@Override
	protected @Nullable UpstreamFailure failure(Throwable problem, Instant now) {
		return GeminiFailures.of(problem, now);
	}

	@Override
	protected void converse(GeminiClient client, ChatRequest request, UpstreamCall call, EventSink events)
			throws Exception {
		GeminiRequest.Params params = GeminiRequest.of(request, client.vertex());
		GeminiEvents told = new GeminiEvents(events, request.model(), call.requestId().toString(),
				clock().instant().getEpochSecond());
		Duration total = call.deployment().settings().totalTimeout();
		CallScope scope = new CallScope(call.deployment().settings().connectTimeout(), total, false, events::onAbort);
		within(scope, () -> {
			if (call.stream()) {
				try (ResponseStream<GenerateContentResponse> stream = client.models()
					.generateContentStream(request.model(), params.contents(), params.config())) {
					for (GenerateContentResponse chunk : stream) {
						told.next(chunk);
					}
				}
			}
			else {
				told.next(client.models().generateContent(request.model(), params.contents(), params.config()));
			}
			told.end();
		});
	}

	@Override
	protected UpstreamAnswer callOther(GeminiClient client, UpstreamCall call) throws UpstreamFailure {
		if (call.endpoint() != Endpoint.EMBEDDINGS) {
			return super.callOther(client, call);
		}
		GeminiEmbeddings embeddings = GeminiEmbeddings.of(call);
		Duration left = Duration.between(clock().instant(), call.deadline());
		Duration wait = (left.compareTo(call.headTimeout()) < 0) ? left : call.headTimeout();
		CallScope scope = new CallScope(call.deployment().settings().connectTimeout(), wait, true, (_) -> {
		});
		try {
			return within(scope, () -> embeddings.ask(client, scope));
		}
		catch (Exception ex) {
			throw classified(ex);
		}
	}

	private static void within(CallScope scope, Conversation conversation) throws Exception {
		within(scope, () -> {
			conversation.run();
			return scope;
		});
	}

	/** What fails before the request is out is no answer's fault, and has no cost. */
	private static <T> T within(CallScope scope, Question<T> question) throws Exception {
		try {
			return ScopedValue.where(CallScope.CURRENT, scope).call(question::ask);
		}
		catch (IllegalArgumentException ex) {
			if (scope.isSent()) {
				throw ex;
			}
			throw new UpstreamFailure(FailureClass.CALLER_FAULT, "the SDK cannot write the request", false, null, 400);
		}
	}

	/** Speaks to the API. */
	@FunctionalInterface
	private interface Conversation {

		void run() throws Exception;

	}

	/** Asks the API. */
	@FunctionalInterface
	private interface Question<T> {

		T ask() throws Exception;

	}

}
