package io.exchequer.tenancy;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface KeyRepository extends Repository<KeyEntity, OwnedId> {

	KeyEntity save(KeyEntity key);

	Optional<KeyEntity> findById(OwnedId id);

	@Query("select k from KeyEntity k where k.id.tenantId in :tenants and k.id.id = :id")
	Optional<KeyEntity> findIn(Collection<UUID> tenants, UUID id);

	@Query("""
			select k from KeyEntity k
			where k.id.tenantId = :tenant and k.projectId = :project and k.name = :name and k.revokedAt is null""")
	Optional<KeyEntity> findNamed(UUID tenant, UUID project, String name);

	@Query("""
			select k from KeyEntity k
			where k.id.tenantId = :tenant and k.projectId = :project and k.portal and k.revokedAt is null""")
	Optional<KeyEntity> findPortal(UUID tenant, UUID project);

	@Query("select k from KeyEntity k where k.id.tenantId in :tenants and k.id.id > :after order by k.id.id")
	List<KeyEntity> page(Collection<UUID> tenants, UUID after, Limit limit);

	@Query("""
			select count(k) > 0 from KeyEntity k
			where k.id.tenantId = :tenant and k.projectId = :project and k.revokedAt is null""")
	boolean anyInUse(UUID tenant, UUID project);

	@Query("""
			select count(k) > 0 from KeyEntity k
			where k.id.tenantId = :tenant and k.projectId = :project and k.name = :name and k.revokedAt is not null""")
	boolean anyRevoked(UUID tenant, UUID project, String name);

}
