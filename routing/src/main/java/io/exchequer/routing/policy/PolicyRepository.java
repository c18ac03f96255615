package io.exchequer.routing.policy;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

/**
 * Policies; every query names the tenant.
 */
interface PolicyRepository extends Repository<PolicyEntity, TenantOwnedId> {

	PolicyEntity save(PolicyEntity policy);

	void delete(PolicyEntity policy);

	void flush();

	Optional<PolicyEntity> findById(TenantOwnedId id);

	@Query("select p from RoutingPolicy p where p.id.tenantId = :tenant and p.name = :name")
	Optional<PolicyEntity> findByName(UUID tenant, String name);

	@Query("select p from RoutingPolicy p where p.id.tenantId = :tenant and p.task = :task")
	Optional<PolicyEntity> findByTask(UUID tenant, String task);

	@Query("""
			select v from RoutingPolicyVersion v join RoutingPolicy p
			on v.id.tenantId = p.id.tenantId and v.policyId = p.id.id and v.version = p.currentVersion
			where p.id.tenantId = :tenant order by p.name""")
	List<PolicyVersionEntity> findCurrent(UUID tenant);

}
