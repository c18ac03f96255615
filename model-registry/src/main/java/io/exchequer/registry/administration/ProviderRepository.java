package io.exchequer.registry.administration;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.persistence.LockModeType;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface ProviderRepository extends Repository<ProviderEntity, UUID> {

	ProviderEntity saveAndFlush(ProviderEntity entity);

	void delete(ProviderEntity entity);

	void flush();

	@Query("SELECT p FROM ProviderEntity p ORDER BY p.name")
	List<ProviderEntity> all();

	@Query("SELECT p FROM ProviderEntity p WHERE p.name = :name")
	Optional<ProviderEntity> named(String name);

	/** Reads the row, whatever of it was read before. */
	@Query("SELECT p.baseUrl FROM ProviderEntity p WHERE p.id = :id")
	String baseUrlOf(UUID id);

	@Lock(LockModeType.PESSIMISTIC_WRITE)
	@Query("SELECT p FROM ProviderEntity p WHERE p.name = :name")
	Optional<ProviderEntity> lockNamed(String name);

}
