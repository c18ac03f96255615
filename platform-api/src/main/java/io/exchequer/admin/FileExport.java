package io.exchequer.admin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;

import io.exchequer.admin.ConfigurationFile.KeyEntry;
import io.exchequer.admin.ConfigurationFile.ProjectEntry;
import io.exchequer.admin.ConfigurationFile.TeamEntry;
import io.exchequer.admin.ConfigurationFile.TenantEntry;
import io.exchequer.admin.RegistryEntries.AliasEntry;
import io.exchequer.admin.RegistryEntries.DeploymentEntry;
import io.exchequer.admin.RegistryEntries.ModelEntry;
import io.exchequer.admin.RegistryEntries.PriceCardEntry;
import io.exchequer.admin.RegistryEntries.ProviderEntry;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.tenancy.KeyAdministration;
import io.exchequer.tenancy.Project;
import io.exchequer.tenancy.Team;
import io.exchequer.tenancy.TenancyAdministration;
import io.exchequer.tenancy.Tenant;
import io.exchequer.tenancy.VirtualKey;

import org.springframework.stereotype.Component;

/**
 * Writes what is in use as a configuration file, without any secret. Applying it changes
 * nothing.
 */
@Component
class FileExport {

	private static final int PAGE = 500;

	private final RegistryAdministration registry;

	private final TenancyAdministration tenancy;

	private final KeyAdministration keys;

	private final BudgetCommands budgets;

	private final PolicyCommands policies;

	FileExport(RegistryAdministration registry, TenancyAdministration tenancy, KeyAdministration keys,
			BudgetCommands budgets, PolicyCommands policies) {
		this.registry = registry;
		this.tenancy = tenancy;
		this.keys = keys;
		this.budgets = budgets;
		this.policies = policies;
	}

	/** Exports everything that can be called, and these tenants. */
	ConfigurationFile everything(Collection<TenantId> scope) {
		List<DeploymentView> deployments = this.registry.deployments();
		List<PriceCardEntry> cards = deployments.stream()
			.flatMap((deployment) -> this.registry.priceCards(deployment.name()).reversed().stream())
			.map(PriceCardEntry::of)
			.toList();
		return new ConfigurationFile(this.registry.providers().stream().map(ProviderEntry::of).toList(),
				this.registry.models().stream().map(ModelEntry::of).toList(),
				this.registry.aliases().stream().map(AliasEntry::of).toList(),
				deployments.stream().map(DeploymentEntry::of).toList(), cards, tenants(scope));
	}

	/** Exports these tenants alone. */
	ConfigurationFile tenantsOnly(Collection<TenantId> scope) {
		return new ConfigurationFile(null, null, null, null, null, tenants(scope));
	}

	private List<TenantEntry> tenants(Collection<TenantId> scope) {
		List<Tenant> tenants = all((after, limit) -> this.tenancy.tenants(scope, after, limit),
				(tenant) -> tenant.id().value());
		return tenants.stream().filter((tenant) -> tenant.archivedAt() == null).map(this::tenant).toList();
	}

	private TenantEntry tenant(Tenant tenant) {
		List<TenantId> own = List.of(tenant.id());
		List<Team> teams = all((after, limit) -> this.tenancy.teams(own, after, limit), (team) -> team.id().value());
		List<Project> projects = all((after, limit) -> this.tenancy.projects(own, after, limit),
				(project) -> project.id().value());
		List<VirtualKey> virtualKeys = all((after, limit) -> this.keys.keys(own, after, limit),
				(key) -> key.id().value());
		List<TeamEntry> entries = teams.stream()
			.filter((team) -> team.archivedAt() == null)
			.map((team) -> new TeamEntry(team.name(), team.displayName(), team.costCentre(), team.tags(),
					projects.stream()
						.filter((project) -> project.archivedAt() == null && project.team().equals(team.id()))
						.map((project) -> project(project, virtualKeys))
						.toList()))
			.toList();
		return new TenantEntry(tenant.name(), tenant.displayName(), tenant.storesAnswers(), entries,
				this.budgets.entries(tenant.id()),
				this.policies.list(tenant.id()).stream().map(PolicyEntry::of).toList());
	}

	private static ProjectEntry project(Project project, List<VirtualKey> keys) {
		return new ProjectEntry(project.name(), project.displayName(), project.costCentre(), project.tags(),
				keys.stream()
					.filter((key) -> key.revokedAt() == null && key.project().equals(project.id()))
					.map((key) -> new KeyEntry(key.name(), null, key.allowedNames(), key.allowedTasks(),
							key.requestsPerMinute(), key.tokensPerMinute(), key.tags(), key.expiresAt(), key.portal()))
					.toList());
	}

	private static <T> List<T> all(BiFunction<UUID, Integer, List<T>> page, Function<T, UUID> id) {
		List<T> result = new ArrayList<>();
		UUID after = new UUID(0, 0);
		while (true) {
			List<T> found = page.apply(after, PAGE);
			result.addAll(found);
			if (found.size() < PAGE) {
				return result;
			}
			after = id.apply(found.getLast());
		}
	}

}
