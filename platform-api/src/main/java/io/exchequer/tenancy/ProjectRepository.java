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

interface ProjectRepository extends Repository<ProjectEntity, OwnedId> {

	ProjectEntity save(ProjectEntity project);

	Optional<ProjectEntity> findById(OwnedId id);

	/** Finds a project and keeps it from being archived until the transaction ends. */
	@Lock(LockModeType.PESSIMISTIC_READ)
	@Query("select p from ProjectEntity p where p.id = :id")
	Optional<ProjectEntity> findShared(OwnedId id);

	/** Finds a project and keeps others from it until the transaction ends. */
	@Lock(LockModeType.PESSIMISTIC_WRITE)
	@Query("select p from ProjectEntity p where p.id = :id")
	Optional<ProjectEntity> findLocked(OwnedId id);

	@Query("select p from ProjectEntity p where p.id.tenantId in :tenants and p.id.id = :id")
	Optional<ProjectEntity> findIn(Collection<UUID> tenants, UUID id);

	@Query("select p from ProjectEntity p where p.id.tenantId = :tenant and p.name = :name and p.archivedAt is null")
	Optional<ProjectEntity> findNamed(UUID tenant, String name);

	@Query("""
			select p from ProjectEntity p
			where p.id.tenantId in :tenants and p.name = :name and p.archivedAt is null""")
	List<ProjectEntity> findAllNamed(Collection<UUID> tenants, String name);

	@Query("select p from ProjectEntity p where p.id.tenantId in :tenants and p.id.id > :after order by p.id.id")
	List<ProjectEntity> page(Collection<UUID> tenants, UUID after, Limit limit);

	@Query("""
			select count(p) > 0 from ProjectEntity p
			where p.id.tenantId = :tenant and p.teamId = :team and p.archivedAt is null""")
	boolean anyInUse(UUID tenant, UUID team);

}
