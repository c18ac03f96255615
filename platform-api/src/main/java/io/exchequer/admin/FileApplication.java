package io.exchequer.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

import io.exchequer.admin.ConfigurationFile.ProjectEntry;
import io.exchequer.admin.ConfigurationFile.TeamEntry;
import io.exchequer.admin.ConfigurationFile.TenantEntry;
import io.exchequer.admin.ConfigurationFiles.Applied;
import io.exchequer.admin.ConfigurationFiles.Log;
import io.exchequer.admin.TenancyCommands.KeyChange;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.kernel.ValidationProblem.FieldProblem;
import io.exchequer.registry.Change;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.tenancy.Tenant;
import io.exchequer.tenancy.TenantDraft;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;

/**
 * Puts everything in a configuration file, within the caller's transaction, in an order
 * in which each thing finds what it refers to. A problem tells its place in the file.
 */
@Component
class FileApplication {

	private final RegistryCommands registry;

	private final TenancyCommands tenancy;

	private final BudgetCommands budgets;

	private final PolicyCommands policies;

	FileApplication(RegistryCommands registry, TenancyCommands tenancy, BudgetCommands budgets,
			PolicyCommands policies) {
		this.registry = registry;
		this.tenancy = tenancy;
		this.budgets = budgets;
		this.policies = policies;
	}

	/** Puts everything in the file. */
	List<Applied> apply(ConfigurationFile file) {
		this.budgets.stopMoney(tenantsWhoseBudgetsChange(file));
		return put(file, (tenant, entry) -> this.budgets.put(tenant, entry, Put.UPSERT).kind());
	}

	/**
	 * Says what {@link #apply} would do, for a transaction that leaves nothing behind. No
	 * tenant's calls wait for it.
	 */
	List<Applied> plan(ConfigurationFile file) {
		return put(file, this.budgets::plan);
	}

	private List<TenantId> tenantsWhoseBudgetsChange(ConfigurationFile file) {
		List<TenantId> result = new ArrayList<>();
		for (TenantEntry entry : Objects.requireNonNullElse(file.tenants(), List.<TenantEntry>of())) {
			this.tenancy.tenantNamed(entry.name())
				.map(Tenant::id)
				.filter((tenant) -> entry.budgets() != null && this.budgets.wouldChange(tenant, entry.budgets()))
				.ifPresent(result::add);
		}
		return result;
	}

	private List<Applied> put(ConfigurationFile file, BudgetStep budgets) {
		Log log = new Log();
		each("providers", file.providers(), (at, entry) -> log.add("provider", entry.name(),
				put(at, () -> this.registry.put(entry, Put.UPSERT)), null));
		each("models", file.models(), (at, entry) -> log.add("model", entry.name(),
				put(at, () -> this.registry.put(entry, Put.UPSERT)), null));
		each("aliases", file.aliases(), (at, entry) -> log.add("alias", entry.name(),
				put(at, () -> this.registry.put(entry, Put.UPSERT)), null));
		each("deployments", file.deployments(), (at, entry) -> log.add("deployment", entry.name(),
				put(at, () -> this.registry.put(entry, Put.UPSERT)), null));
		each("priceCards", file.priceCards(), (at, entry) -> log.add("price_card", entry.deployment(),
				put(at, () -> this.registry.add(entry)), null));
		// Loaded after everything that can be called was put, and once for every policy.
		Supplier<RegistrySnapshot> callable = SingletonSupplier.of(this.policies::registry);
		each("tenants", file.tenants(), (at, entry) -> tenant(log, at, entry, budgets, callable));
		return log.applied();
	}

	private void tenant(Log log, String at, TenantEntry entry, BudgetStep budgets,
			Supplier<RegistrySnapshot> callable) {
		TenantDraft draft = new TenantDraft(entry.name(), Objects.requireNonNullElse(entry.displayName(), entry.name()),
				Boolean.TRUE.equals(entry.storesAnswers()));
		var change = at(at, () -> this.tenancy.put(draft, Put.UPSERT));
		TenantId tenant = change.now().id();
		log.add("tenant", entry.name(), change.kind(), null);
		each(at + ".teams", entry.teams(), (place, team) -> team(log, place, tenant, entry.name(), team));
		each(at + ".budgets", entry.budgets(), (place, budget) -> log.add("budget", entry.name() + "/" + budget.name(),
				at(place, () -> budgets.put(tenant, budget)), null));
		each(at + ".routingPolicies", entry.routingPolicies(),
				(place, policy) -> log.add("routing_policy", entry.name() + "/" + policy.name(),
						put(place, () -> this.policies.put(tenant, policy, Put.UPSERT, callable.get())), null));
	}

	private void team(Log log, String at, TenantId tenant, String above, TeamEntry entry) {
		var change = at(at, () -> this.tenancy.put(tenant,
				TenancyCommands.team(entry.name(), entry.displayName(), entry.costCentre(), entry.tags()), Put.UPSERT));
		String name = above + "/" + entry.name();
		log.add("team", name, change.kind(), null);
		each(at + ".projects", entry.projects(),
				(place, project) -> project(log, place, tenant, change.now().id(), name, project));
	}

	private void project(Log log, String at, TenantId tenant, TeamId team, String above, ProjectEntry entry) {
		var change = at(at, () -> this.tenancy.put(tenant,
				TenancyCommands.project(entry.name(), team, entry.displayName(), entry.costCentre(), entry.tags()),
				Put.UPSERT));
		String name = above + "/" + entry.name();
		log.add("project", name, change.kind(), null);
		each(at + ".keys", entry.keys(), (place, key) -> {
			KeyChange put = at(place, () -> this.tenancy.put(tenant, change.now().id(), key));
			log.add("key", name + "/" + key.name(), put.change().kind(), put.secret());
		});
	}

	private static <T> Change.Kind put(String at, Supplier<Change<T>> command) {
		return at(at, command).kind();
	}

	/** Runs a command, and tells its place in the file with its problem. */
	private static <T> T at(String place, Supplier<T> command) {
		try {
			return command.get();
		}
		catch (ValidationProblem problem) {
			throw new ValidationProblem(problem.problems()
				.stream()
				.map((field) -> new FieldProblem(field.code(), place + "." + field.field(), field.message()))
				.toList());
		}
		catch (NotFoundProblem problem) {
			throw ValidationProblem.of(problem.code(), place, String.valueOf(problem.getMessage()));
		}
		catch (ConflictProblem problem) {
			throw new ConflictProblem(problem.code(), place + ": " + problem.getMessage());
		}
	}

	private static <T> void each(String place, @Nullable List<T> entries, Step<T> step) {
		if (entries != null) {
			for (int i = 0; i < entries.size(); i++) {
				step.put(place + "[" + i + "]", entries.get(i));
			}
		}
	}

	/** What is done with a budget: putting it, or saying what that would do. */
	@FunctionalInterface
	private interface BudgetStep {

		Change.Kind put(TenantId tenant, BudgetEntry entry);

	}

	@FunctionalInterface
	private interface Step<T> {

		void put(String place, T entry);

	}

}
