package io.exchequer.billing;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;

/**
 * Keeps budgets. Every change joins the caller's transaction and, until that ends, stops
 * the tenant's money: no call of the tenant is admitted or settled meanwhile. A budget
 * that is new, or stands above something else than before, starts from its window's
 * ledger total and the holds that are open.
 */
public interface BudgetAdministration {

	/** Returns a tenant's budgets by name, and where they stand. */
	List<BudgetBalance> list(TenantId tenant);

	/**
	 * Returns at most so many budgets of these tenants, with identifiers after the given
	 * one, in order, and where they stand.
	 */
	List<BudgetBalance> page(Collection<TenantId> tenants, UUID after, int limit);

	Optional<BudgetBalance> find(TenantId tenant, UUID id);

	/** Returns the budget of that identifier, if it is one of these tenants'. */
	Optional<BudgetBalance> find(Collection<TenantId> tenants, UUID id);

	Optional<BudgetBalance> findByName(TenantId tenant, String name);

	/**
	 * Makes a budget.
	 * @throws ValidationProblem if the draft is not valid
	 * @throws ConflictProblem {@code name_taken}
	 */
	BudgetBalance create(TenantId tenant, BudgetDraft draft);

	/**
	 * Changes a budget. Its currency cannot change.
	 * @throws NotFoundProblem if the tenant has no such budget
	 * @throws ValidationProblem if the draft is not valid
	 * @throws ConflictProblem {@code name_taken} or {@code currency_fixed}
	 */
	BudgetBalance update(TenantId tenant, UUID id, BudgetDraft draft);

	/**
	 * Returns a budget as it is now, and keeps others from changing it until the caller's
	 * transaction ends: what an earlier look in the same transaction saw may be past.
	 * @throws NotFoundProblem if the tenant has no such budget
	 */
	Budget lock(TenantId tenant, UUID id);

	/**
	 * Makes a budget, or changes the one of the draft's name.
	 * @return what it did
	 * @throws ValidationProblem if the draft is not valid
	 * @throws ConflictProblem {@code currency_fixed}
	 */
	Change put(TenantId tenant, BudgetDraft draft);

	/**
	 * Says what {@link #put} would do, and stops no money.
	 * @throws ValidationProblem if the draft is not valid
	 * @throws ConflictProblem {@code currency_fixed}
	 */
	Change plan(TenantId tenant, BudgetDraft draft);

	/**
	 * Stops the money of several tenants until the caller's transaction ends. Whoever
	 * changes budgets of several tenants in one transaction does this first, before it
	 * changes anything else: calls stop one another in the same order, so that nobody
	 * waits in a circle. What the transaction has read before is read anew afterwards.
	 */
	void stopMoney(Collection<TenantId> tenants);

	/**
	 * Removes a budget; the ledger keeps what was spent.
	 * @throws NotFoundProblem if the tenant has no such budget
	 */
	void delete(TenantId tenant, UUID id);

	/** What a command did. */
	enum Change {

		CREATED, UPDATED, UNCHANGED

	}

}
