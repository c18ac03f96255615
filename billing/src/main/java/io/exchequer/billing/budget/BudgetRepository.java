package io.exchequer.billing.budget;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

/**
 * Budgets' rows.
 */
interface BudgetRepository extends JpaRepository<BudgetEntity, BudgetEntity.Key> {

	List<BudgetEntity> findByKeyTenantIdOrderByName(UUID tenantId);

	Optional<BudgetEntity> findByKeyTenantIdAndName(UUID tenantId, String name);

	@Query("select b from BudgetEntity b where b.key.tenantId in :tenants and b.key.id = :id")
	Optional<BudgetEntity> findIn(Collection<UUID> tenants, UUID id);

	@Query("select b from BudgetEntity b where b.key.tenantId in :tenants and b.key.id > :after order by b.key.id")
	List<BudgetEntity> page(Collection<UUID> tenants, UUID after, Limit limit);

}
