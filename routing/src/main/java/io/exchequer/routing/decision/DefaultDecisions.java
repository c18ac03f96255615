package io.exchequer.routing.decision;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.billing.DecisionRow;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.routing.DecisionView;
import io.exchequer.routing.Decisions;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.PolicyAdministration;
import io.exchequer.routing.strategy.RoutingStrategy;
import io.exchequer.routing.strategy.Strategies;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Decision records from the table that billing writes them to.
 */
@Service
class DefaultDecisions implements Decisions {

	private static final String LATEST = """
			SELECT policy_version_id, encoded, at FROM decision
			WHERE tenant_id = :tenant AND request_id = :request ORDER BY at DESC LIMIT 1""";

	private final EntityManager entityManager;

	private final PolicyAdministration policies;

	DefaultDecisions(EntityManager entityManager, PolicyAdministration policies) {
		this.entityManager = entityManager;
		this.policies = policies;
	}

	@Override
	@Transactional(readOnly = true)
	@SuppressWarnings("unchecked")
	public Optional<DecisionView> find(TenantId tenant, UUID requestId, RegistrySnapshot registry) {
		List<Tuple> rows = this.entityManager.createNativeQuery(LATEST, Tuple.class)
			.unwrap(org.hibernate.query.NativeQuery.class)
			.addScalar("policy_version_id", UUID.class)
			.addScalar("encoded", byte[].class)
			.addScalar("at", java.time.Instant.class)
			.setParameter("tenant", tenant.value())
			.setParameter("request", requestId)
			.getResultList();
		return rows.stream()
			.findFirst()
			.map((row) -> new DecisionRow(tenant, requestId, row.get(0, UUID.class), row.get(1, byte[].class),
					row.get(2, java.time.Instant.class)))
			.map((row) -> view(row, registry));
	}

	@Override
	public DecisionView view(DecisionRow row, RegistrySnapshot registry) {
		DecisionRecord decision = DecisionCodec.decode(row.encoded());
		PolicyAdministration.PolicyVersion policy = policy(row);
		RoutingStrategy strategy = Strategies.of(decision.strategy());
		List<DecisionView.Candidate> candidates = decision.candidates()
			.stream()
			.map((candidate) -> new DecisionView.Candidate(candidate.deployment(),
					name(candidate.deployment(), registry), candidate.rank(), candidate.reason().text(),
					detail(candidate, strategy)))
			.toList();
		List<DecisionView.Attempt> attempts = new java.util.ArrayList<>();
		for (DecisionRecord.Attempt attempt : decision.attempts()) {
			UUID deployment = decision.candidates().get(attempt.candidate()).deployment();
			attempts.add(new DecisionView.Attempt(attempts.size() + 1, deployment, name(deployment, registry),
					text(attempt.failure()), attempt.status(), attempt.clamped(), attempt.millis()));
		}
		return new DecisionView(row.requestId(), row.at(), decision.configurationVersion(), row.policyVersionId(),
				(policy != null) ? policy.policy().name() : null, (policy != null) ? policy.policy().version() : null,
				decision.asked(), decision.strategy().text(), decision.dataClass().name(), decision.stream(),
				decision.overSoftLimit(), decision.inputTokensExpected(), candidates, attempts, decision.outcome(),
				decision.millis());
	}

	private PolicyAdministration.@Nullable PolicyVersion policy(DecisionRow row) {
		UUID versionId = row.policyVersionId();
		return (versionId != null) ? this.policies.version(row.tenant(), versionId).orElse(null) : null;
	}

	private static String detail(DecisionRecord.Candidate candidate, RoutingStrategy strategy) {
		return (candidate.rank() > 0) ? candidate.reason().words() + "; " + strategy.explain(candidate.score())
				: candidate.reason().words();
	}

	private static @Nullable String name(UUID deployment, RegistrySnapshot registry) {
		return registry.deployment(new DeploymentId(deployment)).map(Deployment::name).orElse(null);
	}

	private static @Nullable String text(@Nullable FailureClass failure) {
		return (failure != null) ? failure.name().toLowerCase(java.util.Locale.ROOT) : null;
	}

}
