package io.exchequer.tenancy;

import java.util.Collection;
import java.util.List;
import java.util.UUID;

import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface SecretRepository extends Repository<SecretEntity, OwnedId> {

	SecretEntity save(SecretEntity secret);

	@Query("""
			select s from SecretEntity s
			where s.id.tenantId in :tenants and s.keyId in :keys order by s.id.id desc""")
	List<SecretEntity> ofKeys(Collection<UUID> tenants, Collection<UUID> keys);

	/** Looks across every tenant that the connection may see. */
	List<SecretEntity> findBySecretHash(byte[] secretHash);

}
