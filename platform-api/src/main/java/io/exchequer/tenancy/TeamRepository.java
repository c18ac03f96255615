package io.exchequer.tenancy;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.persistence.LockModeType;

import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface TeamRepository extends Repository<TeamEntity, OwnedId> {

	TeamEntity save(TeamEntity team);

	Optional<TeamEntity> findById(OwnedId id);

	/** Finds a team and keeps it from being archived until the transaction ends. */
	@Lock(LockModeType.PESSIMISTIC_READ)
	@Query("select t from TeamEntity t where t.id = :id")
	Optional<TeamEntity> findShared(OwnedId id);

	/** Finds a team and keeps others from it until the transaction ends. */
	@Lock(LockModeType.PESSIMISTIC_WRITE)
	@Query("select t from TeamEntity t where t.id = :id")
	Optional<TeamEntity> findLocked(OwnedId id);

	@Query("select t from TeamEntity t where t.id.tenantId in :tenants and t.id.id = :id")
	Optional<TeamEntity> findIn(Collection<UUID> tenants, UUID id);

	@Query("select t from TeamEntity t where t.id.tenantId = :tenant and t.name = :name and t.archivedAt is null")
	Optional<TeamEntity> findNamed(UUID tenant, String name);

	@Query("""
			select t from TeamEntity t
			where t.id.tenantId in :tenants and t.name = :name and t.archivedAt is null""")
	List<TeamEntity> findAllNamed(Collection<UUID> tenants, String name);

	@Query("select t from TeamEntity t where t.id.tenantId in :tenants and t.id.id > :after order by t.id.id")
	List<TeamEntity> page(Collection<UUID> tenants, UUID after, Limit limit);

}
