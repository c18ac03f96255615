package io.exchequer.routing.policy;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.kernel.ValidationProblem.FieldProblem;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.routing.PolicyAdministration;
import io.exchequer.routing.PolicyDefinition;
import io.exchequer.routing.RoutingPolicy;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Policies in PostgreSQL.
 */
@Service
@Transactional
class DefaultPolicyAdministration implements PolicyAdministration {

	private final PolicyRepository policies;

	private final PolicyVersionRepository versions;

	private final Clock clock;

	private final Uuid7 ids;

	DefaultPolicyAdministration(PolicyRepository policies, PolicyVersionRepository versions, Clock clock) {
		this.policies = policies;
		this.versions = versions;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	@Override
	@Transactional(readOnly = true)
	public List<RoutingPolicy> list(TenantId tenant) {
		return this.policies.findCurrent(tenant.value()).stream().map(PolicyVersionEntity::policy).toList();
	}

	@Override
	@Transactional(readOnly = true)
	public Optional<RoutingPolicy> find(TenantId tenant, String name) {
		return this.policies.findByName(tenant.value(), name).map((policy) -> current(policy).policy());
	}

	@Override
	@Transactional(readOnly = true)
	public List<PolicyVersion> versions(TenantId tenant, String name) {
		return this.policies.findByName(tenant.value(), name)
			.map((policy) -> this.versions.findAll(tenant.value(), policy.id())
				.stream()
				.map((version) -> view(version, policy.currentVersion()))
				.toList())
			.orElse(List.of());
	}

	@Override
	@Transactional(readOnly = true)
	public Optional<PolicyVersion> version(TenantId tenant, UUID versionId) {
		return this.versions.findById(new TenantOwnedId(tenant.value(), versionId)).map((version) -> {
			int inForce = this.policies.findById(new TenantOwnedId(tenant.value(), version.policyId()))
				.map(PolicyEntity::currentVersion)
				.orElse(0);
			return view(version, inForce);
		});
	}

	private static PolicyVersion view(PolicyVersionEntity version, int inForce) {
		return new PolicyVersion(version.policy(), version.createdAt(), version.createdBy(),
				version.version() == inForce);
	}

	@Override
	public List<FieldProblem> validate(PolicyDefinition definition, RegistrySnapshot registry) {
		return PolicyValidation.validate(definition, registry);
	}

	@Override
	public Saved save(TenantId tenant, PolicyDefinition definition, RegistrySnapshot registry, String by) {
		requireValid(definition, registry);
		Optional<PolicyEntity> existing = this.policies.findByName(tenant.value(), definition.name());
		requireTaskFree(tenant, definition.task(), definition.name());
		PolicyBody body = PolicyBody.of(definition);
		if (existing.isEmpty()) {
			Instant now = this.clock.instant();
			PolicyEntity policy = this.policies
				.save(new PolicyEntity(tenant, this.ids.next(), body.name(), body.task(), now));
			return new Saved(store(policy, 1, body, now, by), true, true);
		}
		PolicyVersionEntity current = current(existing.get());
		if (current.body().equals(body)) {
			return new Saved(current.policy(), false, false);
		}
		Instant now = this.clock.instant();
		int version = existing.get().succeed(body.task(), now);
		return new Saved(store(existing.get(), version, body, now, by), false, true);
	}

	private RoutingPolicy store(PolicyEntity policy, int version, PolicyBody body, Instant now, String by) {
		RoutingPolicy stored = this.versions
			.save(new PolicyVersionEntity(policy, this.ids.next(), version, body, now, by))
			.policy();
		this.policies.flush();
		return stored;
	}

	@Override
	public Optional<RoutingPolicy> rollBack(TenantId tenant, String name, int version, RegistrySnapshot registry) {
		Optional<PolicyEntity> policy = this.policies.findByName(tenant.value(), name);
		Optional<PolicyVersionEntity> target = policy
			.flatMap((found) -> this.versions.find(tenant.value(), found.id(), version));
		if (policy.isEmpty() || target.isEmpty()) {
			return Optional.empty();
		}
		RoutingPolicy restored = target.get().policy();
		requireValid(PolicyDefinition.of(restored), registry);
		requireTaskFree(tenant, restored.task(), name);
		policy.get().putInForce(version, restored.task(), this.clock.instant());
		this.policies.flush();
		return Optional.of(restored);
	}

	@Override
	public boolean delete(TenantId tenant, String name) {
		Optional<PolicyEntity> policy = this.policies.findByName(tenant.value(), name);
		policy.ifPresent((found) -> {
			this.policies.delete(found);
			this.policies.flush();
		});
		return policy.isPresent();
	}

	private static void requireValid(PolicyDefinition definition, RegistrySnapshot registry) {
		List<FieldProblem> problems = PolicyValidation.validate(definition, registry);
		if (!problems.isEmpty()) {
			throw new ValidationProblem(problems);
		}
	}

	private void requireTaskFree(TenantId tenant, String task, String name) {
		this.policies.findByTask(tenant.value(), task)
			.filter((other) -> !other.name().equals(name))
			.ifPresent((other) -> {
				throw ValidationProblem.of("task_taken", "task",
						"policy '" + other.name() + "' serves the task '" + task + "' already");
			});
	}

	private PolicyVersionEntity current(PolicyEntity policy) {
		return this.versions.find(policy.tenant().value(), policy.id(), policy.currentVersion())
			.orElseThrow(() -> new IllegalStateException(
					"policy " + policy.id() + " lacks its version " + policy.currentVersion()));
	}

}
