package io.exchequer.admin;

import java.time.Clock;
import java.util.Objects;

import io.exchequer.admin.RegistryEntries.CapabilitiesEntry;
import io.exchequer.admin.RegistryEntries.ModelEntry;
import io.exchequer.catalog.Catalog;
import io.exchequer.catalog.CatalogModel;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Lifecycle.Stage;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryCommand.PutModel;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/** Makes the command that puts a model, from what is written or from the catalogue. */
@Component
class CatalogCommands {

	private final Catalog catalog;

	private final RegistryAdministration registry;

	private final Clock clock;

	CatalogCommands(Catalog catalog, RegistryAdministration registry, Clock clock) {
		this.catalog = catalog;
		this.registry = registry;
		this.clock = clock;
	}

	/**
	 * Makes the command.
	 * @throws ValidationProblem {@code missing_capabilities}, {@code two_capabilities},
	 * {@code unknown_catalog_model}, {@code figure_unknown} or {@code model_retired}
	 */
	PutModel command(ModelEntry entry) {
		Lifecycle lifecycle = (entry.lifecycle() != null) ? entry.lifecycle().lifecycle() : null;
		String id = entry.catalog();
		CapabilitiesEntry capabilities = entry.capabilities();
		if (id != null) {
			if (capabilities != null) {
				throw ValidationProblem.of("two_capabilities", "catalog",
						"must be left out where capabilities are given");
			}
			return command(entry, required(id), lifecycle);
		}
		if (capabilities == null) {
			throw ValidationProblem.of("missing_capabilities", "capabilities",
					"must be given, or catalog: the entry of the catalogue to take them from");
		}
		return new PutModel(entry.name(), entry.displayName(), capabilities.capabilities(), lifecycle);
	}

	/**
	 * An entry that its vendor retired is refused for a new model only, lest a file that
	 * was applied before stop being applied on that day; whoever says a life-cycle has
	 * decided.
	 */
	private PutModel command(ModelEntry entry, CatalogModel known, @Nullable Lifecycle lifecycle) {
		Capabilities capabilities = known.capabilities(null, null)
			.orElseThrow(() -> ValidationProblem.of("figure_unknown", "capabilities",
					"must be given instead: the catalogue has no context window of " + known.id()));
		boolean there = this.registry.models().stream().anyMatch((model) -> model.name().equals(entry.name()));
		if (!there && lifecycle == null && known.lifecycle().stageAt(this.clock.instant()) == Stage.RETIRED) {
			throw ValidationProblem.of("model_retired", "lifecycle", "must be given for " + known.id()
					+ ", which is retired; what succeeds it is " + known.lifecycle().successor());
		}
		return new PutModel(entry.name(), Objects.requireNonNullElse(entry.displayName(), known.name()), capabilities,
				(there || lifecycle != null) ? lifecycle : known.lifecycle().lifecycle());
	}

	private CatalogModel required(String id) {
		return this.catalog.find(id)
			.filter((model) -> model.id().equals(id))
			.orElseThrow(() -> ValidationProblem.of("unknown_catalog_model", "catalog",
					"must be the identifier of an entry of the catalogue"));
	}

}
