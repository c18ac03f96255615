package io.exchequer.routing.policy;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

/**
 * Versions of policies; every query names the tenant.
 */
interface PolicyVersionRepository extends Repository<PolicyVersionEntity, TenantOwnedId> {

	PolicyVersionEntity save(PolicyVersionEntity version);

	Optional<PolicyVersionEntity> findById(TenantOwnedId id);

	@Query("""
			select v from RoutingPolicyVersion v
			where v.id.tenantId = :tenant and v.policyId = :policy and v.version = :version""")
	Optional<PolicyVersionEntity> find(UUID tenant, UUID policy, int version);

	@Query("""
			select v from RoutingPolicyVersion v
			where v.id.tenantId = :tenant and v.policyId = :policy order by v.version desc""")
	List<PolicyVersionEntity> findAll(UUID tenant, UUID policy);

}
