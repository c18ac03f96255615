package io.exchequer.registry;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Commands to {@link RegistryAdministration}. Each carries the whole of what it puts and
 * is checked when it is carried out: names have 1 to 128 of {@code A-Z a-z 0-9 . _ : / -}
 * (no {@code /} in a provider's), with something other than {@code .} and {@code ..}
 * between slashes; they are case-sensitive and never {@code auto}, and no two of model,
 * alias and deployment share one.
 */
public sealed interface RegistryCommand {

	/**
	 * Puts a provider.
	 *
	 * @param name its unique name
	 * @param kind which implementation speaks to it, see {@link Provider#kind}
	 * @param baseUrl an http or https URL without user, query and fragment; empty for the
	 * kinds inside the process. A slash at its end is dropped
	 * @param settings further settings of the kind; never a secret, since they can be
	 * read back
	 */
	record PutProvider(String name, String kind, String baseUrl,
			Map<String, String> settings) implements RegistryCommand {
	}

	/**
	 * Puts a model.
	 *
	 * @param name its unique name
	 * @param displayName what people read, or null for the name
	 * @param capabilities what it can do
	 * @param lifecycle where it stands, or null to keep it, {@link Lifecycle#ACTIVE} for
	 * a new one
	 */
	record PutModel(String name, @Nullable String displayName, Capabilities capabilities,
			@Nullable Lifecycle lifecycle) implements RegistryCommand {
	}

	/**
	 * Puts an alias.
	 *
	 * @param name its unique name
	 * @param model the model it stands for, by name
	 */
	record PutAlias(String name, String model) implements RegistryCommand {
	}

	/**
	 * Puts a deployment.
	 *
	 * @param name its unique name
	 * @param model the model it serves, by name
	 * @param provider where it is served, by name
	 * @param upstreamModel the model name the provider knows
	 * @param dataClass the most sensitive content it may see
	 * @param settings how it is called, or null for {@link DeploymentSettings#DEFAULTS}
	 * @param enabled whether it may be a candidate
	 */
	record PutDeployment(String name, String model, String provider, String upstreamModel, DataClass dataClass,
			@Nullable DeploymentSettings settings, boolean enabled) implements RegistryCommand {
	}

	/**
	 * Adds a price card to a deployment.
	 *
	 * @param deployment whose prices, by name
	 * @param effectiveFrom the first instant it applies to, to the microsecond, or null
	 * for now; without it, a card that says the same as the one in force is not added. In
	 * the past, it prices what is admitted from now on; what was posted stays as it is
	 * @param currency the ISO 4217 code of every price's currency
	 * @param tiers the prices, see {@link PriceCard}; each 0 or more, with at most 24
	 * decimals
	 * @param source where the prices are from, such as a URL; may be empty. No price, so
	 * a card that differs in it alone is not added
	 * @param note why; may be empty. As with the source
	 */
	record AddPriceCard(String deployment, @Nullable Instant effectiveFrom, String currency, List<PriceTier> tiers,
			String source, String note) implements RegistryCommand {
	}

}
