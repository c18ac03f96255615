package io.exchequer.admin;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.billing.BudgetScope;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Model;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.tenancy.KeyAdministration;
import io.exchequer.tenancy.Project;
import io.exchequer.tenancy.Team;
import io.exchequer.tenancy.TenancyAdministration;
import io.exchequer.tenancy.VirtualKey;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Names what budgets stand above: by name while it is in use, else by its identifier.
 */
@Component
class ScopeNames {

	private final TenancyAdministration tenancy;

	private final KeyAdministration keys;

	private final RegistryAdministration registry;

	ScopeNames(TenancyAdministration tenancy, KeyAdministration keys, RegistryAdministration registry) {
		this.tenancy = tenancy;
		this.keys = keys;
		this.registry = registry;
	}

	/**
	 * Returns whether what a budget stands above is in use, so that its name leads to it.
	 */
	boolean inUse(TenantId tenant, BudgetScope scope) {
		return switch (scope.type()) {
			case TENANT, TAG -> true;
			case TEAM, PROJECT, KEY, MODEL -> !scope.value().equals(name(tenant, scope));
		};
	}

	/** Returns the name, or null for the whole tenant. */
	@Nullable String name(TenantId tenant, BudgetScope scope) {
		List<TenantId> own = List.of(tenant);
		String value = scope.value();
		return switch (scope.type()) {
			case TENANT -> null;
			case TAG -> value;
			case TEAM -> this.tenancy.team(own, new TeamId(UUID.fromString(value)))
				.filter((team) -> team.archivedAt() == null)
				.map(Team::name)
				.orElse(value);
			case PROJECT -> project(own, new ProjectId(UUID.fromString(value))).map(Project::name).orElse(value);
			case KEY -> this.keys.key(own, new KeyId(UUID.fromString(value)))
				.filter((key) -> key.revokedAt() == null)
				.flatMap((key) -> keyName(own, key))
				.orElse(value);
			case MODEL -> this.registry.models()
				.stream()
				.filter((model) -> model.id().toString().equals(value))
				.map(Model::name)
				.findFirst()
				.orElse(value);
		};
	}

	private Optional<String> keyName(List<TenantId> own, VirtualKey key) {
		return project(own, key.project()).map((project) -> project.name() + "/" + key.name());
	}

	private Optional<Project> project(List<TenantId> own, ProjectId id) {
		return this.tenancy.project(own, id).filter((project) -> project.archivedAt() == null);
	}

}
