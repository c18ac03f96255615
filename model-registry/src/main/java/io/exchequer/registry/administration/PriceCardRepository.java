package io.exchequer.registry.administration;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface PriceCardRepository extends Repository<PriceCardEntity, UUID> {

	PriceCardEntity saveAndFlush(PriceCardEntity entity);

	Optional<PriceCardEntity> findById(UUID id);

	@Query("SELECT c FROM PriceCardEntity c WHERE c.deploymentId = :deploymentId ORDER BY c.effectiveFrom DESC")
	List<PriceCardEntity> of(UUID deploymentId);

}
