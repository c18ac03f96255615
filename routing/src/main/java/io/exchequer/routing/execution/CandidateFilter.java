package io.exchequer.routing.execution;

import java.time.Instant;
import java.util.Map;
import java.util.Set;

import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.Modality;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.strategy.RouteCandidate;
import io.exchequer.routing.wire.CostFacts;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.routing.wire.WorstCase;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a deployment may serve a request. The first reason against it counts; what
 * is temporary comes last. Whatever is not known to be fine excludes.
 */
final class CandidateFilter {

	private static final String EVERYTHING = "*";

	private final AiRequest request;

	private final RoutingConfiguration configuration;

	private final @Nullable RoutingPolicy policy;

	private final DataClass dataClass;

	private final DeploymentStates states;

	private final Map<String, UpstreamProvider> providers;

	private final Instant now;

	private final boolean askedIsAllowed;

	CandidateFilter(AiRequest request, RoutingConfiguration configuration, @Nullable RoutingPolicy policy,
			DataClass dataClass, DeploymentStates states, Map<String, UpstreamProvider> providers, Instant now) {
		this.request = request;
		this.configuration = configuration;
		this.policy = policy;
		this.dataClass = dataClass;
		this.states = states;
		this.providers = providers;
		this.now = now;
		this.askedIsAllowed = request.allowed().contains(EVERYTHING)
				|| request.allowed().contains(request.document().model());
	}

	/**
	 * Returns why a candidate is excluded, or null where it may serve.
	 */
	@Nullable ReasonCode reason(RouteCandidate candidate, boolean asked) {
		Deployment deployment = candidate.deployment();
		if (!allowed(deployment, asked)) {
			return ReasonCode.NOT_ALLOWED;
		}
		if (!deployment.enabled()) {
			return ReasonCode.DISABLED;
		}
		if (deployment.quarantined()) {
			return ReasonCode.QUARANTINED;
		}
		if (deployment.model().lifecycle().retired(this.now)) {
			return ReasonCode.RETIRED;
		}
		if (!this.providers.containsKey(deployment.provider().kind())) {
			return ReasonCode.NO_PROVIDER;
		}
		ReasonCode incapable = incapable(deployment.model().capabilities());
		if (incapable != null) {
			return incapable;
		}
		if (!Exclusions.inTheWay(this.request, deployment, this.providers).isEmpty()) {
			return ReasonCode.UNSUPPORTED;
		}
		if (!deployment.dataClass().admits(this.dataClass)) {
			return ReasonCode.DATA_CLASS;
		}
		ReasonCode unaffordable = costUnknown(candidate);
		return (unaffordable != null) ? unaffordable : this.states.of(deployment).blocked(this.now.toEpochMilli());
	}

	/**
	 * A deployment is allowed by its own name, its model's, or an alias's that leads to
	 * it; and where it stands behind the very name that was asked for, by that name.
	 */
	private boolean allowed(Deployment deployment, boolean asked) {
		Set<String> allowed = this.request.allowed();
		if ((asked && this.askedIsAllowed) || allowed.contains(EVERYTHING) || allowed.contains(deployment.name())
				|| allowed.contains(deployment.model().name())) {
			return true;
		}
		RegistrySnapshot registry = this.configuration.registry();
		for (String name : allowed) {
			RegistrySnapshot.Target target = registry.resolve(name).orElse(null);
			if (target != null && target.kind() == RegistrySnapshot.Target.Kind.ALIAS
					&& target.deployments().stream().anyMatch((each) -> each.id().equals(deployment.id()))) {
				return true;
			}
		}
		return false;
	}

	private @Nullable ReasonCode incapable(Capabilities capabilities) {
		RequestDocument document = this.request.document();
		Set<Modality> input = document.inputModalities();
		if (!capabilities.input().containsAll(input)
				|| !capabilities.output().containsAll(document.outputModalities())) {
			return ReasonCode.MODALITY;
		}
		if (document.tools() && !capabilities.tools()) {
			return ReasonCode.TOOLS;
		}
		if (document.structuredOutput() && !capabilities.structuredOutput()) {
			return ReasonCode.STRUCTURED_OUTPUT;
		}
		if (document.fillInTheMiddle() && !capabilities.fillInTheMiddle()) {
			return ReasonCode.FILL_IN_THE_MIDDLE;
		}
		return surelyTooLong(document.contextTokensExpected(), capabilities.contextWindow()) ? ReasonCode.CONTEXT_WINDOW
				: null;
	}

	/**
	 * The input's tokens are a guess: what is over the window by more than a quarter is
	 * not sent; what is closer is left to the upstream to decide.
	 */
	private static boolean surelyTooLong(long expected, long window) {
		return expected > window + window / 4;
	}

	private @Nullable ReasonCode costUnknown(RouteCandidate candidate) {
		Deployment deployment = candidate.deployment();
		if (!this.configuration.budgets().hardLimited(this.request.chargeTo(), deployment.model().id())) {
			return null;
		}
		PriceCard card = candidate.priceCard();
		if (card == null) {
			return ReasonCode.UNPRICED;
		}
		if (!mayBeUnbounded(this.request.document())) {
			return null;
		}
		OutputLimit limit = OutputLimit.of(this.request.document(), deployment.model().capabilities(), this.policy);
		return (WorstCase.bound(this.request.document(), deployment.model().capabilities(), card, limit.tokens(),
				candidate.inputTokensAdded()) instanceof WorstCase.Unbounded) ? ReasonCode.UNBOUNDED : null;
	}

	/** Almost no request is: the price need not be worked out for each candidate. */
	private static boolean mayBeUnbounded(RequestDocument document) {
		CostFacts facts = document.costFacts();
		return document.endpoint().billsUnits() || facts.unbounded() != null || facts.imagesByUrl() != null;
	}

}
