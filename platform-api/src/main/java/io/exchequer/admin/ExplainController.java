package io.exchequer.admin;

import java.math.BigDecimal;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

import io.exchequer.billing.ChargeTo;
import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.DataClass;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.RoutingService;
import io.exchequer.routing.RoutingService.Explanation;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.security.AccessControl;
import io.exchequer.security.AccessControl.Scope;
import io.exchequer.security.Permission;
import io.exchequer.tenancy.KeyIdentity;
import io.exchequer.tenancy.Project;
import io.exchequer.tenancy.VirtualKey;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonDeserialize;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Says what would happen to a request, without sending it. */
@RestController
@RequestMapping(path = "/admin/v1/routing-policies/explain", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "routing-policies")
class ExplainController {

	/** Stands for a key where none is named: no key has it. */
	private static final KeyId NO_KEY = new KeyId(new UUID(0, 0));

	private static final Set<String> EVERYTHING = Set.of("*");

	private final RoutingService routing;

	private final ConfigurationSource configuration;

	private final References references;

	private final AccessControl access;

	private final Clock clock;

	private final Uuid7 ids;

	ExplainController(RoutingService routing, ConfigurationSource configuration, References references,
			AccessControl access, Clock clock) {
		this.routing = routing;
		this.configuration = configuration;
		this.references = references;
		this.access = access;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	/**
	 * Explains a request as it would be routed now.
	 * @param tenant whose policies; that of the key or the project where one is named
	 */
	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	ExplanationResource explain(@RequestParam(required = false) @Nullable String tenant,
			@Valid @RequestBody ExplainBody body) {
		Configuration current = this.configuration.current();
		RequestDocument document = document(body);
		String task = Objects.requireNonNullElse(body.task(),
				document.metadataTask().orElseGet(() -> switch (document.endpoint()) {
					case CHAT_COMPLETIONS -> "chat";
					case COMPLETIONS -> "completion";
					case EMBEDDINGS -> "embedding";
					case RERANK -> "rerank";
					case MODERATIONS -> "moderation";
					case IMAGES_GENERATIONS -> "image";
					case AUDIO_SPEECH -> "speech";
				}));
		Caller caller = caller(current, tenant, body, task);
		AiRequest request = new AiRequest(this.ids.next(), caller.chargeTo(), document, caller.allowed(),
				body.dataClass(), this.clock.instant());
		return ExplanationResource.of(this.routing.explain(request, current.routing()), caller.refusal());
	}

	private RequestDocument document(ExplainBody body) {
		Endpoint endpoint = switch (Objects.requireNonNullElse(body.endpoint(), "")) {
			case "completions" -> Endpoint.COMPLETIONS;
			case "embeddings" -> Endpoint.EMBEDDINGS;
			default -> Endpoint.CHAT_COMPLETIONS;
		};
		byte[] bytes = body.request().binaryValue();
		try {
			return OpenAiRequests.parse(endpoint, bytes, bytes.length);
		}
		catch (InvalidRequestException ex) {
			String param = ex.error().param();
			throw ValidationProblem.of(ex.error().code(), (param != null) ? "request." + param : "request",
					ex.error().message());
		}
	}

	private Caller caller(Configuration current, @Nullable String tenant, ExplainBody body, String task) {
		Scope scope = this.access.scope(Permission.READ_POLICIES);
		String keyReference = body.key();
		if (keyReference != null) {
			// A policy is the whole tenant's, what a key may do is its team's.
			VirtualKey key = this.references.key(Permission.READ_KEYS, keyReference, tenant);
			KeyIdentity identity = current.identity()
				.key(key.id())
				.orElseThrow(() -> new NotFoundProblem("key", keyReference));
			return new Caller(new ChargeTo(identity.tenant(), identity.team(), identity.project(), identity.key(),
					identity.costCentre(), task, identity.tags(), identity.requestsPerMinute(),
					identity.tokensPerMinute()), identity.allowedNames(), notForTask(identity, task));
		}
		String projectReference = body.project();
		if (projectReference != null) {
			Project project = this.references.project(this.references.tenants(scope, tenant), projectReference);
			return new Caller(new ChargeTo(project.tenant(), project.team(), project.id(), NO_KEY, project.costCentre(),
					task, tags(project), null, null), EVERYTHING, null);
		}
		TenantId id = this.references.tenant(Permission.READ_POLICIES, tenant);
		return new Caller(new ChargeTo(id, new TeamId(NO_KEY.value()), new ProjectId(NO_KEY.value()), NO_KEY, null,
				task, List.of(), null, null), EVERYTHING, null);
	}

	private static @Nullable ErrorResource notForTask(KeyIdentity key, String task) {
		boolean allowed = key.allowedTasks().contains(task) || key.allowedTasks().containsAll(EVERYTHING);
		return allowed ? null : new ErrorResource(403, "task_not_allowed",
				"This key may not be used for the task '" + task + "'. Ask whoever manages the key.");
	}

	/** Returns a project's tags with those it inherits. */
	private List<String> tags(Project project) {
		Set<String> tags = new TreeSet<>(project.tags());
		tags.addAll(this.references.team(Set.of(project.tenant()), project.team().toString()).tags());
		return List.copyOf(tags);
	}

	/**
	 * Whom the request would be charged to, what they may ask for, and why they may not
	 * ask at all.
	 */
	private record Caller(ChargeTo chargeTo, Set<String> allowed, @Nullable ErrorResource refusal) {
	}

	/**
	 * A request to explain.
	 *
	 * @param key the key it would be made with: its identifier, or {@code project/key}
	 * @param project the project it would be made in, where no key is named
	 * @param task the task; that of the request's metadata, else {@code chat} or
	 * {@code embedding} by default
	 * @param dataClass the class the request would claim for its content
	 * @param endpoint {@code chat/completions}, the default, {@code completions} or
	 * {@code embeddings}
	 * @param request the request's body, as it would be sent
	 */
	record ExplainBody(@Nullable String key, @Nullable String project, @Nullable String task,
			@Nullable DataClass dataClass, @Nullable String endpoint,
			@NotNull @JsonDeserialize(using = RawJson.class) @Schema(type = "object") JsonNode request) {
	}

	/**
	 * What would happen.
	 *
	 * @param task the task
	 * @param policy the policy's name, or null where the name asked for decides alone
	 * @param version the policy's version, or null
	 * @param policyVersionId the version's identifier, or null
	 * @param strategy what ranks the candidates
	 * @param candidates the route in its order, then what would not be admitted or is
	 * excluded
	 * @param error what the client would be told, where that is an error, or null
	 */
	record ExplanationResource(String task, @Nullable String policy, @Nullable Integer version,
			@Nullable UUID policyVersionId, String strategy, List<CandidateResource> candidates,
			@Nullable ErrorResource error) {

		static ExplanationResource of(Explanation explanation, @Nullable ErrorResource refusal) {
			ApiError error = explanation.error();
			return new ExplanationResource(explanation.task(), explanation.policy(), explanation.version(),
					explanation.policyVersionId(), explanation.strategy(),
					explanation.verdicts().stream().map(CandidateResource::of).toList(),
					(refusal != null) ? refusal : (error != null)
							? new ErrorResource(error.status(), error.code(), error.message()) : null);
		}

	}

	/**
	 * A candidate.
	 *
	 * @param deployment its name
	 * @param rank its place in the route from 1, or 0 where it is excluded
	 * @param reason the reason's code
	 * @param detail the reason in words
	 * @param expectedCost the expected cost in whole units, or null
	 * @param worstCase what would be held, in whole units, or null
	 * @param currency the currency of what would be held, or null
	 */
	record CandidateResource(String deployment, int rank, String reason, String detail,
			@Nullable BigDecimal expectedCost, @Nullable Money worstCase, @Nullable String currency) {

		static CandidateResource of(RoutingService.Verdict verdict) {
			Money worst = verdict.worstCase();
			return new CandidateResource(verdict.deployment(), verdict.rank(), verdict.reason(), verdict.detail(),
					verdict.expectedCost(), worst, (worst != null) ? worst.currency().getCurrencyCode() : null);
		}

	}

	/**
	 * What the client would be told.
	 *
	 * @param status the HTTP status
	 * @param code the stable code
	 * @param message what to do
	 */
	record ErrorResource(int status, String code, String message) {
	}

}
