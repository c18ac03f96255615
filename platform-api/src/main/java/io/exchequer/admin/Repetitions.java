package io.exchequer.admin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import io.exchequer.kernel.ValidationProblem.FieldProblem;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a configuration file names twice. The later entry would undo the earlier
 * one, and applying the file again would change both once more.
 */
final class Repetitions {

	private final List<FieldProblem> problems = new ArrayList<>();

	private Repetitions() {
	}

	static List<FieldProblem> in(ConfigurationFile file) {
		Repetitions found = new Repetitions();
		found.named("providers", file.providers(), ProviderEntry::name);
		found.named("models", file.models(), ModelEntry::name);
		found.named("aliases", file.aliases(), AliasEntry::name);
		found.named("deployments", file.deployments(), DeploymentEntry::name);
		found.look("priceCards", "effectiveFrom", file.priceCards(), Repetitions::ofCard, new HashMap<>());
		found.named("tenants", file.tenants(), TenantEntry::name);
		found.each("tenants", file.tenants(), found::tenant);
		return List.copyOf(found.problems);
	}

	private static List<Object> ofCard(PriceCardEntry card) {
		return List.of(card.deployment(), Objects.requireNonNullElse(card.effectiveFrom(), "now"));
	}

	private void tenant(String at, TenantEntry tenant) {
		named(at + ".teams", tenant.teams(), TeamEntry::name);
		named(at + ".budgets", tenant.budgets(), BudgetEntry::name);
		named(at + ".routingPolicies", tenant.routingPolicies(), PolicyEntry::name);
		// A project's name is its own in the whole tenant, whatever its team.
		Map<Object, String> projects = new HashMap<>();
		each(at + ".teams", tenant.teams(), (place, team) -> {
			look(place + ".projects", "name", team.projects(), ProjectEntry::name, projects);
			each(place + ".projects", team.projects(),
					(inProject, project) -> named(inProject + ".keys", project.keys(), KeyEntry::name));
		});
	}

	private <T> void named(String place, @Nullable List<T> entries, Function<T, Object> name) {
		look(place, "name", entries, name, new HashMap<>());
	}

	/**
	 * Looks for repetitions.
	 * @param seen where each name was before
	 */
	private <T> void look(String place, String field, @Nullable List<T> entries, Function<T, Object> name,
			Map<Object, String> seen) {
		each(place, entries, (at, entry) -> {
			String before = seen.putIfAbsent(name.apply(entry), at);
			if (before != null) {
				this.problems.add(new FieldProblem("repeated", at + "." + field, "must not say the same as " + before));
			}
		});
	}

	private <T> void each(String place, @Nullable List<T> entries, Entry<T> each) {
		if (entries != null) {
			for (int i = 0; i < entries.size(); i++) {
				each.at(place + "[" + i + "]", entries.get(i));
			}
		}
	}

	@FunctionalInterface
	private interface Entry<T> {

		void at(String place, T entry);

	}

}
