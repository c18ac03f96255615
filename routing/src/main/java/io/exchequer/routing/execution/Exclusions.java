package io.exchequer.routing.execution;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.PriceCard;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.chat.Uncarried;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.strategy.RouteCandidate;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.routing.wire.WorstCase;

/**
 * Tells a client why nothing may serve its request: of all reasons the one that is
 * nearest to a remedy.
 */
final class Exclusions {

	private final AiRequest request;

	private final List<Route.Excluded> excluded;

	private final DeploymentStates states;

	private final Map<String, UpstreamProvider> providers;

	private final Instant now;

	Exclusions(AiRequest request, List<Route.Excluded> excluded, DeploymentStates states,
			Map<String, UpstreamProvider> providers, Instant now) {
		this.request = request;
		this.excluded = excluded;
		this.states = states;
		this.providers = providers;
		this.now = now;
	}

	ApiError error() {
		Set<ReasonCode> reasons = EnumSet.noneOf(ReasonCode.class);
		this.excluded.forEach((each) -> reasons.add(each.reason()));
		String asked = this.request.document().model();
		if (reasons.contains(ReasonCode.CIRCUIT_OPEN) || reasons.contains(ReasonCode.COOLING_DOWN)) {
			return unavailable("every deployment that could serve '" + asked + "' is recovering from failures",
					shortestWait());
		}
		if (reasons.contains(ReasonCode.UNBOUNDED)) {
			return unbounded();
		}
		if (reasons.contains(ReasonCode.UNPRICED)) {
			return unpriced(asked);
		}
		if (reasons.contains(ReasonCode.DATA_CLASS)) {
			return ApiError.of(403, "invalid_request_error", "data_class_not_allowed",
					"no deployment behind '" + asked + "' may see content of the request's data class");
		}
		if (reasons.contains(ReasonCode.UNSUPPORTED)) {
			return unsupported();
		}
		if (reasons.contains(ReasonCode.CONTEXT_WINDOW)) {
			return contextTooLong();
		}
		if (reasons.contains(ReasonCode.MODALITY) || reasons.contains(ReasonCode.TOOLS)
				|| reasons.contains(ReasonCode.STRUCTURED_OUTPUT) || reasons.contains(ReasonCode.FILL_IN_THE_MIDDLE)) {
			return incapable(reasons, asked);
		}
		if (reasons.contains(ReasonCode.RETIRED)) {
			return retired(asked);
		}
		if (reasons.contains(ReasonCode.NOT_ALLOWED)) {
			return asked.equals(RoutePlanner.AUTO) ? new ApiError(403, "invalid_request_error", "model_not_allowed",
					"this key may use no model of the task's policy; GET /v1/models lists what it may use", "model",
					null) : notFound(asked);
		}
		return unavailable("no deployment behind '" + asked + "' is in service", Duration.ofSeconds(30));
	}

	/** Tells one thing of what does not exist and of what the key may not know of. */
	static ApiError notFound(String asked) {
		return new ApiError(404, "invalid_request_error", "model_not_found",
				"the model '" + asked
						+ "' does not exist, or this key may not use it; GET /v1/models lists what it may use",
				"model", null);
	}

	static ApiError unavailable(String what, Duration retryAfter) {
		return new ApiError(503, "server_error", "no_candidate_available", what + "; try again later", null,
				retryAfter);
	}

	static ApiError unpriced(String name) {
		return ApiError.invalid("unpriced_model", "'" + name
				+ "' has no price in force, and a hard budget stands above the request; ask an administrator to price it",
				"model");
	}

	private Duration shortestWait() {
		return this.excluded.stream()
			.map((each) -> this.states.of(each.candidate().deployment()).blockedFor(this.now.toEpochMilli()))
			.filter(Duration::isPositive)
			.min(Duration::compareTo)
			.orElse(Duration.ofSeconds(1));
	}

	private ApiError unbounded() {
		RequestDocument document = this.request.document();
		for (Route.Excluded each : this.excluded) {
			RouteCandidate candidate = each.candidate();
			PriceCard card = candidate.priceCard();
			if (each.reason() == ReasonCode.UNBOUNDED && card != null) {
				Capabilities capabilities = candidate.deployment().model().capabilities();
				if (WorstCase.bound(document, capabilities, card, 1,
						candidate.inputTokensAdded()) instanceof WorstCase.Unbounded unbounded) {
					return ApiError.invalid("unbounded_cost", unbounded.message(), unbounded.param());
				}
			}
		}
		return ApiError.invalid("unbounded_cost",
				"nothing bounds what this request may cost, and a hard budget stands above it", null);
	}

	/**
	 * Names the first thing that is in the way of the candidate least is in the way of.
	 */
	private ApiError unsupported() {
		List<Uncarried> least = List.of();
		for (Route.Excluded each : this.excluded) {
			if (each.reason() == ReasonCode.UNSUPPORTED) {
				List<Uncarried> inTheWay = inTheWay(this.request, each.candidate().deployment(), this.providers);
				if (least.isEmpty() || !inTheWay.isEmpty() && inTheWay.size() < least.size()) {
					least = inTheWay;
				}
			}
		}
		if (least.isEmpty()) {
			return ApiError.invalid("unsupported_parameter", ReasonCode.UNSUPPORTED.words(), null);
		}
		Uncarried first = least.getFirst();
		String header = least.stream().allMatch(Uncarried::droppable)
				? " (X-Exchequer-Drop-Unsupported: true leaves it out)" : "";
		return ApiError.invalid("unsupported_parameter", first.advice() + header, first.param());
	}

	/** Returns what of a request keeps a deployment from serving it. */
	static List<Uncarried> inTheWay(AiRequest request, Deployment deployment, Map<String, UpstreamProvider> providers) {
		UpstreamProvider provider = providers.get(deployment.provider().kind());
		if (provider == null) {
			return List.of();
		}
		List<Uncarried> uncarried = provider.uncarried(request.document(), deployment);
		return (uncarried.isEmpty() || !request.dropUnsupported()) ? uncarried
				: uncarried.stream().filter((each) -> !each.droppable()).toList();
	}

	private ApiError contextTooLong() {
		int widest = this.excluded.stream()
			.filter((each) -> each.reason() == ReasonCode.CONTEXT_WINDOW)
			.mapToInt((each) -> each.candidate().deployment().model().capabilities().contextWindow())
			.max()
			.orElse(0);
		RequestDocument document = this.request.document();
		boolean embeddings = document.endpoint() == Endpoint.EMBEDDINGS;
		return ApiError.invalid("context_length_exceeded",
				(embeddings ? "the longest input is about " : "the input is about ") + document.contextTokensExpected()
						+ " tokens, and the widest context window it could go to is " + widest + "; shorten it",
				switch (document.endpoint()) {
					case CHAT_COMPLETIONS -> "messages";
					case COMPLETIONS, IMAGES_GENERATIONS -> "prompt";
					case RERANK -> "documents";
					case EMBEDDINGS, MODERATIONS, AUDIO_SPEECH -> "input";
				});
	}

	private static ApiError incapable(Set<ReasonCode> reasons, String asked) {
		String what = reasons.contains(ReasonCode.MODALITY) ? "this kind of content"
				: reasons.contains(ReasonCode.TOOLS) ? "tools" : reasons.contains(ReasonCode.STRUCTURED_OUTPUT)
						? "structured output" : "filling in between a prompt and its 'suffix'";
		return ApiError.invalid("unsupported_by_model", "no model behind '" + asked + "' supports " + what, "model");
	}

	private ApiError retired(String asked) {
		String successor = this.excluded.stream()
			.map((each) -> each.candidate().deployment())
			.map(Exclusions::successor)
			.filter((name) -> !name.isEmpty())
			.findFirst()
			.map((name) -> "; use '" + name + "' instead")
			.orElse("");
		return new ApiError(404, "invalid_request_error", "model_retired", "'" + asked + "' is retired" + successor,
				"model", null);
	}

	private static String successor(Deployment deployment) {
		String successor = deployment.model().lifecycle().successor();
		return (successor != null) ? successor : "";
	}

}
