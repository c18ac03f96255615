package io.exchequer.security;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.domain.Limit;
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

	@Query("select t from TokenEntity t where t.id.tenantId in :tenants and t.id.id > :after order by t.id.id")
	List<TokenEntity> page(Collection<UUID> tenants, UUID after, Limit limit);

}
