package io.exchequer.billing.budget;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.jpa.repository.JpaRepository;

/**
 * Budgets' rows.
 */
interface BudgetRepository extends JpaRepository<BudgetEntity, BudgetEntity.Key> {

	List<BudgetEntity> findByKeyTenantIdOrderByName(UUID tenantId);

	Optional<BudgetEntity> findByKeyTenantIdAndName(UUID tenantId, String name);

}
