package io.exchequer.registry.administration;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface AliasRepository extends Repository<AliasEntity, String> {

	AliasEntity saveAndFlush(AliasEntity entity);

	void delete(AliasEntity entity);

	void flush();

	Optional<AliasEntity> findById(String name);

	@Query("SELECT a FROM AliasEntity a JOIN FETCH a.model ORDER BY a.name")
	List<AliasEntity> all();

	@Query("SELECT a.name FROM AliasEntity a WHERE a.model.id = :modelId ORDER BY a.name")
	List<String> namesOf(UUID modelId);

}
