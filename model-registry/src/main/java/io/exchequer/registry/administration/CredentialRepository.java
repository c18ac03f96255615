package io.exchequer.registry.administration;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.persistence.LockModeType;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface CredentialRepository extends Repository<CredentialEntity, UUID> {

	CredentialEntity saveAndFlush(CredentialEntity entity);

	void flush();

	@Query("SELECT c FROM CredentialEntity c WHERE c.providerId = :providerId ORDER BY c.createdAt DESC, c.id DESC")
	List<CredentialEntity> of(UUID providerId);

	@Query("SELECT c FROM CredentialEntity c WHERE c.providerId = :providerId AND c.retiredAt IS NULL")
	Optional<CredentialEntity> currentOf(UUID providerId);

	@Query("SELECT c FROM CredentialEntity c WHERE c.retiredAt IS NULL")
	List<CredentialEntity> current();

	@Query("SELECT c.keyId AS masterKey, count(c) AS credentials FROM CredentialEntity c GROUP BY c.keyId")
	List<ByMasterKey> byMasterKey();

	@Lock(LockModeType.PESSIMISTIC_WRITE)
	@Query("SELECT c FROM CredentialEntity c WHERE c.keyId <> :keyId ORDER BY c.id")
	List<CredentialEntity> lockNotUnder(String keyId);

	/** How many credentials are under a master key. */
	interface ByMasterKey {

		String getMasterKey();

		long getCredentials();

	}

}
