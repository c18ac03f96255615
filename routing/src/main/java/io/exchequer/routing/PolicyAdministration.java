package io.exchequer.routing;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.RegistrySnapshot;

/**
 * Keeps the routing policies. Every change joins the caller's transaction.
 */
public interface PolicyAdministration {

	/** Returns a tenant's policies at their current versions, by name. */
	List<RoutingPolicy> list(TenantId tenant);

	/** Returns a tenant's policy at its current version, or empty. */
	Optional<RoutingPolicy> find(TenantId tenant, String name);

	/** Returns the versions of a tenant's policy, newest first; empty without it. */
	List<PolicyVersion> versions(TenantId tenant, String name);

	/**
	 * Returns a version by the identifier that decision records carry, even where its
	 * policy is deleted since, or empty.
	 */
	Optional<PolicyVersion> version(TenantId tenant, UUID versionId);

	/**
	 * Says what is wrong with a definition; empty where it may be saved.
	 * @param registry what its candidates' names are looked up in
	 */
	List<ValidationProblem.FieldProblem> validate(PolicyDefinition definition, RegistrySnapshot registry);

	/**
	 * Creates the tenant's policy of the definition's name, or gives it a new version
	 * where the definition differs from the current one.
	 * @param registry what its candidates' names are looked up in
	 * @param by who changes it, for the version's record
	 * @throws ValidationProblem if the definition is not valid, or another policy of the
	 * tenant serves its task
	 */
	Saved save(TenantId tenant, PolicyDefinition definition, RegistrySnapshot registry, String by);

	/**
	 * Puts an earlier version back in force; its identifier stays the same.
	 * @return the policy as it stands then, or empty where the tenant has no such policy
	 * or version
	 * @throws ValidationProblem if the version is not valid any more, because a candidate
	 * is gone, say
	 */
	Optional<RoutingPolicy> rollBack(TenantId tenant, String name, int version, RegistrySnapshot registry);

	/**
	 * Deletes a tenant's policy; its versions stay, so that decisions can be explained.
	 * @return whether there was one
	 */
	boolean delete(TenantId tenant, String name);

	/**
	 * What came of saving.
	 *
	 * @param policy the policy as it stands now
	 * @param created whether the policy is new
	 * @param changed whether there is a new version
	 */
	record Saved(RoutingPolicy policy, boolean created, boolean changed) {
	}

	/**
	 * A stored version.
	 *
	 * @param policy the policy at that version
	 * @param createdAt when it was made
	 * @param createdBy by whom
	 * @param current whether it is in force
	 */
	record PolicyVersion(RoutingPolicy policy, Instant createdAt, String createdBy, boolean current) {
	}

}
