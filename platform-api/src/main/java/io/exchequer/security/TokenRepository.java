package io.exchequer.security;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface TokenRepository extends Repository<TokenEntity, TenantRowId> {

	TokenEntity save(TokenEntity token);

	/** Looks across every tenant that the connection may see. */
	List<TokenEntity> findBySecretHash(byte[] secretHash);

	@Query("select t from TokenEntity t where t.id.tenantId in :tenants and t.id.id = :id")
	Optional<TokenEntity> findIn(Collection<UUID> tenants, UUID id);

	@Query("select t from TokenEntity t where t.id.tenantId = :tenant and t.name = :name and t.revokedAt is null")
	Optional<TokenEntity> findNamed(UUID tenant, String name);

	/** Keeps a token's secret under another master key, unless it was changed since. */
	@Modifying
	@Query("""
			update TokenEntity t set t.secretHash = :hash, t.hashKeyId = :masterKey
			where t.id = :id and t.secretHash = :stored""")
	void keep(TenantRowId id, byte[] stored, byte[] hash, String masterKey);

	/** Counts the tokens that are accepted, across every tenant that can be seen. */
	@Query("""
			select t.hashKeyId as masterKey, count(t) as tokens from TokenEntity t
			where t.revokedAt is null and (t.expiresAt is null or t.expiresAt > :now) group by t.hashKeyId""")
	List<ByMasterKey> byMasterKey(Instant now);

	@Query("select t from TokenEntity t where t.id.tenantId in :tenants and t.id.id > :after order by t.id.id")
	List<TokenEntity> page(Collection<UUID> tenants, UUID after, Limit limit);

	/** How many tokens are kept under a master key. */
	interface ByMasterKey {

		String getMasterKey();

		long getTokens();

	}

}
