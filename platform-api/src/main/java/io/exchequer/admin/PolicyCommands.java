package io.exchequer.admin;

import java.util.List;

import io.exchequer.admin.Changes.Subject;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.SnapshotLoader;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Change;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.routing.PolicyAdministration;
import io.exchequer.routing.PolicyAdministration.PolicyVersion;
import io.exchequer.routing.PolicyAdministration.Saved;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.security.CurrentActor;

import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Changes routing policies, and records it. Each joins the caller's transaction, and sees
 * the registry as that transaction has left it.
 */
@Component
class PolicyCommands {

	private final PolicyAdministration policies;

	private final SnapshotLoader<RegistrySnapshot> registry;

	private final JdbcTemplate jdbc;

	private final CurrentActor current;

	private final Changes changes;

	PolicyCommands(PolicyAdministration policies, SnapshotLoader<RegistrySnapshot> registry, JdbcTemplate jdbc,
			CurrentActor current, Changes changes) {
		this.policies = policies;
		this.registry = registry;
		this.jdbc = jdbc;
		this.current = current;
		this.changes = changes;
	}

	Change<RoutingPolicy> put(TenantId tenant, PolicyEntry entry, Put put) {
		return put(tenant, entry, put, registry());
	}

	/**
	 * Puts a policy.
	 * @param registry what its candidates' names are looked up in: {@link #registry()},
	 * which whoever puts many policies loads once
	 */
	Change<RoutingPolicy> put(TenantId tenant, PolicyEntry entry, Put put, RegistrySnapshot registry) {
		RoutingPolicy before = this.policies.find(tenant, entry.name()).orElse(null);
		if (before != null && put == Put.CREATE) {
			throw new ConflictProblem("name_taken", "There is a routing policy \"" + entry.name() + "\" already.");
		}
		if (before == null && put == Put.UPDATE) {
			throw new NotFoundProblem("routing_policy", entry.name());
		}
		Saved saved = this.policies.save(tenant, entry.definition(), registry, this.current.require().name());
		Change<RoutingPolicy> change = (before == null) ? Change.created(saved.policy())
				: Change.updated(before, saved.policy());
		return this.changes.recorded(subject(tenant, entry.name()), change);
	}

	RoutingPolicy rollBack(TenantId tenant, String name, int version) {
		RoutingPolicy before = this.policies.find(tenant, name)
			.orElseThrow(() -> new NotFoundProblem("routing_policy", name));
		RoutingPolicy after = this.policies.rollBack(tenant, name, version, registry())
			.orElseThrow(() -> new NotFoundProblem("routing_policy_version", name + " " + version));
		this.changes.record(subject(tenant, name), "roll_back", before, after);
		return after;
	}

	void delete(TenantId tenant, String name) {
		RoutingPolicy before = this.policies.find(tenant, name)
			.orElseThrow(() -> new NotFoundProblem("routing_policy", name));
		this.policies.delete(tenant, name);
		this.changes.recorded(subject(tenant, name), Change.deleted(before));
	}

	List<RoutingPolicy> list(TenantId tenant) {
		return this.policies.list(tenant);
	}

	RoutingPolicy find(TenantId tenant, String name) {
		return this.policies.find(tenant, name).orElseThrow(() -> new NotFoundProblem("routing_policy", name));
	}

	List<PolicyVersion> versions(TenantId tenant, String name) {
		return this.policies.versions(tenant, name);
	}

	private static Subject subject(TenantId tenant, String name) {
		return new Subject("routing_policy", tenant, name, name);
	}

	/** Loads the registry as the caller's transaction has left it. */
	RegistrySnapshot registry() {
		ConnectionCallback<RegistrySnapshot> load = this.registry::load;
		RegistrySnapshot snapshot = this.jdbc.execute(load);
		if (snapshot == null) {
			throw new IllegalStateException("the registry was not loaded");
		}
		return snapshot;
	}

}
