package io.exchequer.tenancy;

import java.time.Instant;
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

	/** Counts the secrets that are accepted, across every tenant that can be seen. */
	@Query("""
			select s.hashKeyId as masterKey, count(s) as secrets from SecretEntity s
			join KeyEntity k on k.id.tenantId = s.id.tenantId and k.id.id = s.keyId
			join ProjectEntity p on p.id.tenantId = k.id.tenantId and p.id.id = k.projectId
			join TeamEntity t on t.id.tenantId = p.id.tenantId and t.id.id = p.teamId
			join TenantEntity n on n.id = t.id.tenantId
			where k.revokedAt is null and p.archivedAt is null and t.archivedAt is null and n.archivedAt is null
				and (k.expiresAt is null or k.expiresAt > :now) and (s.validUntil is null or s.validUntil > :now)
			group by s.hashKeyId""")
	List<ByMasterKey> byMasterKey(Instant now);

	/** Looks across every tenant that the connection may see. */
	List<SecretEntity> findBySecretHash(byte[] secretHash);

	/** How many secrets are kept under a master key. */
	interface ByMasterKey {

		String getMasterKey();

		long getSecrets();

	}

}
