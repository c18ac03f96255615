package io.exchequer.admin;

import java.time.Instant;
import java.util.List;

import io.exchequer.admin.RegistryEntries.AliasEntry;
import io.exchequer.admin.RegistryEntries.DeploymentEntry;
import io.exchequer.admin.RegistryEntries.ModelEntry;
import io.exchequer.admin.RegistryEntries.PriceCardEntry;
import io.exchequer.admin.RegistryEntries.ProviderEntry;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;

/**
 * The configuration as a file: what is to be there, by name. What it does not name is
 * left alone. Secrets stand in it by value and are never exported.
 *
 * @param providers the providers
 * @param models the models
 * @param aliases other names of models
 * @param deployments models at providers
 * @param priceCards prices of deployments
 * @param tenants the tenants, with everything that is theirs
 */
public record ConfigurationFile(@Nullable List<@NotNull @Valid ProviderEntry> providers,
		@Nullable List<@NotNull @Valid ModelEntry> models, @Nullable List<@NotNull @Valid AliasEntry> aliases,
		@Nullable List<@NotNull @Valid DeploymentEntry> deployments,
		@Nullable List<@NotNull @Valid PriceCardEntry> priceCards,
		@Nullable List<@NotNull @Valid TenantEntry> tenants) {

	/**
	 * A tenant.
	 *
	 * @param name its unique name
	 * @param displayName the name people read; the name by default
	 * @param storesAnswers whether answers are stored; false by default
	 * @param teams its teams
	 * @param budgets its budgets
	 * @param routingPolicies its routing policies
	 */
	public record TenantEntry(@NotNull String name, @Nullable String displayName, @Nullable Boolean storesAnswers,
			@Nullable List<@NotNull @Valid TeamEntry> teams, @Nullable List<@NotNull @Valid BudgetEntry> budgets,
			@Nullable List<@NotNull @Valid PolicyEntry> routingPolicies) {
	}

	/**
	 * A team.
	 *
	 * @param name its name, unique in the tenant
	 * @param displayName the name people read; the name by default
	 * @param costCentre a reporting tag
	 * @param tags none by default
	 * @param projects its projects
	 */
	public record TeamEntry(@NotNull String name, @Nullable String displayName, @Nullable String costCentre,
			@Nullable List<@NotNull String> tags, @Nullable List<@NotNull @Valid ProjectEntry> projects) {
	}

	/**
	 * A project.
	 *
	 * @param name its name, unique in the tenant
	 * @param displayName the name people read; the name by default
	 * @param costCentre a reporting tag; the team's by default
	 * @param tags none by default
	 * @param keys its virtual keys
	 */
	public record ProjectEntry(@NotNull String name, @Nullable String displayName, @Nullable String costCentre,
			@Nullable List<@NotNull String> tags, @Nullable List<@NotNull @Valid KeyEntry> keys) {
	}

	/**
	 * A virtual key.
	 *
	 * @param name its name, unique in the project
	 * @param secret the secret it is to have, of at least 16 characters; a new key
	 * without one gets a random secret, which the answer tells once
	 * @param allowedNames the models, aliases and deployments it may ask for; {@code *}
	 * everything, none by default
	 * @param allowedTasks the tasks it may be used for; {@code *} everything, none by
	 * default
	 * @param requestsPerMinute at most this many requests in a calendar minute; no limit
	 * by default
	 * @param tokensPerMinute at most this many tokens in a calendar minute; no limit by
	 * default
	 * @param tags none by default
	 * @param expiresAt from when it is not accepted; never by default
	 * @param portal whether the project's people may ask by it with the console's
	 * session, at most one key of a project; false by default
	 */
	public record KeyEntry(@NotNull String name, @Nullable String secret, @Nullable List<@NotNull String> allowedNames,
			@Nullable List<@NotNull String> allowedTasks, @Nullable Integer requestsPerMinute,
			@Nullable Integer tokensPerMinute, @Nullable List<@NotNull String> tags, @Nullable Instant expiresAt,
			@Nullable Boolean portal) {

		@Override
		public String toString() {
			return "KeyEntry[" + this.name + "]";
		}

	}

}
