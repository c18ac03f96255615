package io.exchequer.registry.administration;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.persistence.LockModeType;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface DeploymentRepository extends Repository<DeploymentEntity, UUID> {

	DeploymentEntity saveAndFlush(DeploymentEntity entity);

	void delete(DeploymentEntity entity);

	void flush();

	@Query("SELECT d FROM DeploymentEntity d JOIN FETCH d.model JOIN FETCH d.provider ORDER BY d.name")
	List<DeploymentEntity> all();

	@Query("SELECT d FROM DeploymentEntity d WHERE d.name = :name")
	Optional<DeploymentEntity> named(String name);

	@Lock(LockModeType.PESSIMISTIC_WRITE)
	@Query("SELECT d FROM DeploymentEntity d WHERE d.name = :name")
	Optional<DeploymentEntity> lockNamed(String name);

	@Query("SELECT d.name FROM DeploymentEntity d WHERE d.model.id = :modelId ORDER BY d.name")
	List<String> namesOfModel(UUID modelId);

	@Query("SELECT d.name FROM DeploymentEntity d WHERE d.provider.id = :providerId ORDER BY d.name")
	List<String> namesOfProvider(UUID providerId);

}
