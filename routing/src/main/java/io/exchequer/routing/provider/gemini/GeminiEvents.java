package io.exchequer.routing.provider.gemini;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

import com.google.genai.types.Candidate;
import com.google.genai.types.Citation;
import com.google.genai.types.FinishReason;
import com.google.genai.types.FunctionCall;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.GenerateContentResponsePromptFeedback;
import com.google.genai.types.LogprobsResult;
import com.google.genai.types.LogprobsResultCandidate;
import com.google.genai.types.LogprobsResultTopCandidates;
import com.google.genai.types.Part;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.chat.ChatEvent;
import io.exchequer.routing.provider.translated.EventSink;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells an answer, whole or as its chunks come, as events. Used by one thread, for one
 * answer.
 */
final class GeminiEvents {

	private static final String TIER_HEADER = "x-gemini-service-tier";

	private final EventSink sink;

	private final String asked;

	private final String requestId;

	private final long nowSeconds;

	/** How many tools each choice has called. */
	private final Map<Integer, Integer> calls = new HashMap<>(2);

	private final Map<Integer, List<Citation>> citations = new HashMap<>(2);

	private final BitSet finished = new BitSet();

	private String answer = "";

	private boolean started;

	private @Nullable TokenUsage usage;

	private @Nullable String tier;

	/**
	 * Makes the events of an answer.
	 * @param asked the model that was asked
	 * @param requestId the platform's request, which names what the API does not
	 */
	GeminiEvents(EventSink sink, String asked, String requestId, long nowSeconds) {
		this.sink = sink;
		this.asked = asked;
		this.requestId = requestId;
		this.nowSeconds = nowSeconds;
	}

	/** Tells a whole answer or the next chunk. */
	void next(GenerateContentResponse chunk) throws InterruptedException, UpstreamFailure {
		List<Candidate> candidates = chunk.candidates().orElse(List.of());
		GenerateContentResponsePromptFeedback feedback = chunk.promptFeedback().orElse(null);
		boolean blocked = feedback != null && feedback.blockReason().isPresent();
		if (candidates.isEmpty() && !blocked && chunk.usageMetadata().isEmpty()) {
			return;
		}
		start(chunk);
		if (!candidates.isEmpty()) {
			// What a chunk before this one counted is not all of it.
			this.usage = null;
		}
		for (int i = 0; i < candidates.size(); i++) {
			candidate(candidates.get(i), candidates.get(i).index().orElse(i));
		}
		if (blocked && candidates.isEmpty() && this.finished.isEmpty()) {
			blocked(Objects.requireNonNull(feedback));
		}
		chunk.usageMetadata().ifPresent((told) -> {
			this.usage = GeminiUsage.of(told);
			told.trafficType().ifPresent((traffic) -> this.tier = tier(traffic.toString()));
		});
	}

	/** Tells the end. */
	void end() throws InterruptedException {
		if (this.started) {
			this.sink.accept(new ChatEvent.Used(this.usage, this.tier));
		}
	}

	private void start(GenerateContentResponse chunk) throws InterruptedException {
		if (this.started) {
			return;
		}
		this.started = true;
		this.answer = chunk.responseId().orElse(this.requestId);
		this.tier = chunk.sdkHttpResponse().flatMap((http) -> http.headers()).map(GeminiEvents::tierOf).orElse(null);
		this.sink.requestId(this.answer);
		this.sink.accept(new ChatEvent.Started(this.answer, chunk.modelVersion().orElse(this.asked), this.nowSeconds));
	}

	private static @Nullable String tierOf(Map<String, String> headers) {
		for (Map.Entry<String, String> header : headers.entrySet()) {
			if (header.getKey().equalsIgnoreCase(TIER_HEADER)) {
				return tier(header.getValue());
			}
		}
		return null;
	}

	/** Returns a tier by the wire's name, or null where it tells none. */
	private static @Nullable String tier(String told) {
		return switch (told.toLowerCase(Locale.ROOT)) {
			case "standard", "on_demand" -> "default";
			case "flex", "on_demand_flex" -> "flex";
			case "priority", "on_demand_priority" -> "priority";
			default -> null;
		};
	}

	private void candidate(Candidate candidate, int choice) throws InterruptedException, UpstreamFailure {
		for (Part part : candidate.content().flatMap((content) -> content.parts()).orElse(List.of())) {
			part(part, choice);
		}
		LogprobsResult logprobs = candidate.logprobsResult().orElse(null);
		if (logprobs != null && !logprobs.chosenCandidates().orElse(List.of()).isEmpty()) {
			this.sink.accept(new ChatEvent.Logprobs(choice, logprobs(logprobs)));
		}
		candidate.citationMetadata()
			.flatMap((metadata) -> metadata.citations())
			.ifPresent((told) -> this.citations.put(choice, told));
		FinishReason reason = candidate.finishReason().orElse(null);
		if (reason != null && reason.knownEnum() != FinishReason.Known.FINISH_REASON_UNSPECIFIED
				&& !this.finished.get(choice)) {
			this.finished.set(choice);
			citations(choice);
			if (candidate.finishMessage().isPresent() && isRefusal(reason.toString())) {
				this.sink.accept(new ChatEvent.RefusalDelta(choice, candidate.finishMessage().get()));
			}
			this.sink.accept(finished(choice, reason.toString()));
		}
	}

	private void part(Part part, int choice) throws InterruptedException, UpstreamFailure {
		String proof = part.thoughtSignature()
			.filter((bytes) -> bytes.length > 0)
			.map((bytes) -> Base64.getEncoder().encodeToString(bytes))
			.orElse(null);
		FunctionCall call = part.functionCall().orElse(null);
		if (call != null) {
			call(call, proof, choice);
			return;
		}
		String text = part.text().orElse("");
		if (part.thought().orElse(false)) {
			if (!text.isEmpty()) {
				this.sink.accept(new ChatEvent.ReasoningDelta(choice, text));
			}
			signed(proof, choice);
			return;
		}
		signed(proof, choice);
		if (!text.isEmpty()) {
			this.sink.accept(new ChatEvent.TextDelta(choice, text));
		}
		if (part.inlineData().isPresent() || part.fileData().isPresent() || part.executableCode().isPresent()
				|| part.codeExecutionResult().isPresent()) {
			throw new UpstreamFailure(FailureClass.BROKEN_ANSWER,
					"the answer has content of a kind that no client could be told", true, null, 0);
		}
	}

	private void signed(@Nullable String proof, int choice) throws InterruptedException {
		if (proof != null) {
			this.sink.accept(new ChatEvent.ReasoningSigned(choice, proof));
		}
	}

	private void call(FunctionCall call, @Nullable String proof, int choice) throws InterruptedException {
		int number = this.calls.merge(choice, 1, Integer::sum) - 1;
		String id = call.id()
			.filter((told) -> !told.isEmpty())
			.orElseGet(() -> CallIds.of(this.answer, choice, number));
		this.sink.accept(new ChatEvent.ToolCallStarted(choice, number, id, call.name().orElse(""), proof));
		this.sink.accept(new ChatEvent.ToolArgumentsDelta(choice, number, Values.text(call.args().orElse(Map.of()))));
	}

	private ChatEvent.Finished finished(int choice, String reason) {
		return switch (reason) {
			case "STOP" ->
				finished(choice, this.calls.containsKey(choice) ? io.exchequer.routing.chat.FinishReason.TOOL_CALLS
						: io.exchequer.routing.chat.FinishReason.STOP, null);
			case "MAX_TOKENS" -> finished(choice, io.exchequer.routing.chat.FinishReason.LENGTH, null);
			// It would go on where it is asked to: what is there is a part of the answer.
			case "CONTINUATION" -> finished(choice, io.exchequer.routing.chat.FinishReason.LENGTH, reason);
			default -> finished(choice, io.exchequer.routing.chat.FinishReason.CONTENT_FILTER, reason);
		};
	}

	private static boolean isRefusal(String reason) {
		return switch (reason) {
			case "STOP", "MAX_TOKENS", "CONTINUATION" -> false;
			default -> true;
		};
	}

	private static ChatEvent.Finished finished(int choice, io.exchequer.routing.chat.FinishReason reason,
			@Nullable String nativeReason) {
		return new ChatEvent.Finished(choice, reason, nativeReason, null);
	}

	/** The prompt was refused: it is an answer like any other refusal, and billed. */
	private void blocked(GenerateContentResponsePromptFeedback feedback) throws InterruptedException {
		this.finished.set(0);
		String message = feedback.blockReasonMessage().orElse("");
		if (!message.isEmpty()) {
			this.sink.accept(new ChatEvent.RefusalDelta(0, message));
		}
		this.sink.accept(finished(0, io.exchequer.routing.chat.FinishReason.CONTENT_FILTER,
				feedback.blockReason().map(Object::toString).orElse(null)));
	}

	/** Its positions count bytes, which no other provider does: they are left out. */
	private void citations(int choice) throws InterruptedException {
		for (Citation citation : this.citations.getOrDefault(choice, List.of())) {
			if (citation.uri().isPresent()) {
				ObjectNode url = Values.JSON.createObjectNode().put("url", citation.uri().get());
				citation.title().ifPresent((title) -> url.put("title", title));
				ObjectNode annotation = Values.JSON.createObjectNode().put("type", "url_citation");
				annotation.set("url_citation", url);
				this.sink.accept(new ChatEvent.Annotation(choice, annotation));
			}
		}
	}

	private static ArrayNode logprobs(LogprobsResult result) {
		ArrayNode content = Values.JSON.createArrayNode();
		List<LogprobsResultCandidate> chosen = result.chosenCandidates().orElse(List.of());
		List<LogprobsResultTopCandidates> tops = result.topCandidates().orElse(List.of());
		for (int i = 0; i < chosen.size(); i++) {
			ObjectNode token = token(content.addObject(), chosen.get(i));
			ArrayNode alternatives = token.putArray("top_logprobs");
			if (i < tops.size()) {
				tops.get(i).candidates().orElse(List.of()).forEach((each) -> token(alternatives.addObject(), each));
			}
		}
		return content;
	}

	private static ObjectNode token(ObjectNode node, LogprobsResultCandidate candidate) {
		String text = candidate.token().orElse("");
		node.put("token", text);
		// A float's own digits, not those of the double next to it.
		node.put("logprob", new java.math.BigDecimal(Float.toString(candidate.logProbability().orElse(0f))));
		ArrayNode bytes = node.putArray("bytes");
		for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
			bytes.add(b & 0xFF);
		}
		return node;
	}

}
