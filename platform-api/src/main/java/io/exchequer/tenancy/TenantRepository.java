package io.exchequer.tenancy;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.persistence.LockModeType;

import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface TenantRepository extends Repository<TenantEntity, UUID> {

	TenantEntity save(TenantEntity tenant);

	Optional<TenantEntity> findById(UUID id);

	/** Finds a tenant and keeps it from being archived until the transaction ends. */
	@Lock(LockModeType.PESSIMISTIC_READ)
	@Query("select t from TenantEntity t where t.id = :id")
	Optional<TenantEntity> findShared(UUID id);

	/** Finds a tenant and keeps others from it until the transaction ends. */
	@Lock(LockModeType.PESSIMISTIC_WRITE)
	@Query("select t from TenantEntity t where t.id = :id")
	Optional<TenantEntity> findLocked(UUID id);

	Optional<TenantEntity> findByName(String name);

	@Query("select t.id from TenantEntity t order by t.id")
	List<UUID> findIds();

	List<TenantEntity> findByIdInAndIdGreaterThanOrderById(Iterable<UUID> ids, UUID after, Limit limit);

}
