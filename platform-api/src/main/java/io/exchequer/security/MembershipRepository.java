package io.exchequer.security;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface MembershipRepository extends Repository<MembershipEntity, TenantRowId> {

	MembershipEntity save(MembershipEntity membership);

	void delete(MembershipEntity membership);

	/** Returns a user's memberships in every tenant the connection may see. */
	List<MembershipEntity> findByUserId(UUID userId);

	@Query("select m from MembershipEntity m where m.id.tenantId in :tenants and m.id.id = :id")
	Optional<MembershipEntity> findIn(Collection<UUID> tenants, UUID id);

	@Query("select m from MembershipEntity m where m.id.tenantId in :tenants and m.id.id > :after order by m.id.id")
	List<MembershipEntity> page(Collection<UUID> tenants, UUID after, Limit limit);

	@Query("select count(m) > 0 from MembershipEntity m where m.id.tenantId = :tenant and m.userId = :user")
	boolean isMember(UUID tenant, UUID user);

}
