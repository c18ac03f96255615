package io.exchequer.registry.administration;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface ModelRepository extends Repository<ModelEntity, UUID> {

	ModelEntity saveAndFlush(ModelEntity entity);

	void delete(ModelEntity entity);

	void flush();

	@Query("SELECT m FROM ModelEntity m ORDER BY m.name")
	List<ModelEntity> all();

	@Query("SELECT m FROM ModelEntity m WHERE m.name = :name")
	Optional<ModelEntity> named(String name);

	/**
	 * Returns what has a name: {@code deployment}, {@code model} or {@code model_alias}.
	 */
	@NativeQuery("SELECT kind FROM callable_name WHERE name = :name")
	Optional<String> kindOfName(String name);

}
