package io.exchequer.admin;

import java.util.Set;
import java.util.UUID;

import io.exchequer.admin.BudgetCommands.BalanceResource;
import io.exchequer.billing.Budget;
import io.exchequer.billing.BudgetBalance;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Put;
import io.exchequer.security.AccessControl;
import io.exchequer.security.Permission;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Budgets of a tenant, and where they stand. */
@RestController
@RequestMapping(path = "/admin/v1/budgets", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "budgets")
class BudgetController {

	private final BudgetCommands budgets;

	private final References references;

	private final Changes changes;

	private final AccessControl access;

	BudgetController(BudgetCommands budgets, References references, Changes changes, AccessControl access) {
		this.budgets = budgets;
		this.references = references;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<BudgetResource> list(@RequestParam(required = false) @Nullable String tenant,
			@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		int most = Page.limit(limit);
		Set<TenantId> tenants = this.references.tenants(this.access.scope(Permission.READ_BUDGETS), tenant);
		return this.changes.inTransaction(() -> Page
			.of(this.budgets.page(tenants, Page.after(cursor), most + 1), most, (balance) -> balance.budget().id())
			.map(this::resource));
	}

	@GetMapping("/{id}")
	BudgetResource get(@PathVariable UUID id) {
		return this.changes.inTransaction(() -> resource(find(Permission.READ_BUDGETS, id)));
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	BudgetResource create(@RequestParam(required = false) @Nullable String tenant,
			@Valid @RequestBody BudgetEntry body) {
		TenantId id = this.references.tenant(Permission.WRITE_BUDGETS, tenant);
		this.access.require(Permission.WRITE_BUDGETS, id);
		return this.changes.inTransaction(() -> {
			Budget budget = this.budgets.put(id, body, Put.CREATE).now();
			return resource(this.budgets.find(id, budget.id()));
		});
	}

	@PutMapping(path = "/{id}", consumes = MediaType.APPLICATION_JSON_VALUE)
	BudgetResource update(@PathVariable UUID id, @Valid @RequestBody BudgetEntry body) {
		return this.changes.inTransaction(() -> {
			TenantId tenant = find(Permission.WRITE_BUDGETS, id).budget().tenant();
			this.budgets.update(tenant, id, body);
			return resource(this.budgets.find(tenant, id));
		});
	}

	/** Removes a budget; the ledger keeps what was spent. */
	@DeleteMapping("/{id}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void delete(@PathVariable UUID id) {
		this.changes.inTransaction(() -> {
			this.budgets.delete(find(Permission.WRITE_BUDGETS, id).budget().tenant(), id);
			return id;
		});
	}

	private BudgetBalance find(Permission permission, UUID id) {
		return this.budgets.find(this.access.scope(permission).tenants(), id)
			.orElseThrow(() -> new NotFoundProblem("budget", id.toString()));
	}

	private BudgetResource resource(BudgetBalance balance) {
		Budget budget = balance.budget();
		return new BudgetResource(budget.id(), budget.tenant(), budget.scope().value(), this.budgets.summary(budget),
				BalanceResource.of(balance));
	}

	/**
	 * A budget.
	 *
	 * @param id its identifier
	 * @param tenant whose
	 * @param scopeId the identifier of what it stands above, or the tag
	 * @param budget what it says
	 * @param balance where it stands
	 */
	record BudgetResource(UUID id, TenantId tenant, String scopeId, BudgetEntry budget, BalanceResource balance) {
	}

}
