package io.exchequer.tenancy;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface TenantRepository extends Repository<TenantEntity, UUID> {

	TenantEntity save(TenantEntity tenant);

	Optional<TenantEntity> findById(UUID id);

	Optional<TenantEntity> findByName(String name);

	@Query("select t.id from TenantEntity t order by t.id")
	List<UUID> findIds();

	List<TenantEntity> findByIdInAndIdGreaterThanOrderById(Iterable<UUID> ids, UUID after, Limit limit);

}
