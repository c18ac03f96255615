package io.exchequer.admin;

import java.time.Clock;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

import io.exchequer.admin.CatalogRegistrations.CatalogDeployment;
import io.exchequer.admin.CatalogRegistrations.CatalogRegistration;
import io.exchequer.admin.Changes.Subject;
import io.exchequer.catalog.CatalogModel;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Model;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryCommand.PutModel;
import io.exchequer.registry.RegistryCommand.PutProvider;
import io.exchequer.registry.RegistryView.AliasView;
import io.exchequer.registry.RegistryView.CredentialView;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.RegistryView.ProviderView;

import org.springframework.stereotype.Component;

/**
 * Adds to the registry what the platform found by itself, and records it as whoever acts.
 * Each joins the caller's transaction; nothing that is there already is changed.
 */
@Component
public class Registrations {

	private final RegistryAdministration registry;

	private final CatalogRegistrations catalog;

	private final Changes changes;

	private final Clock clock;

	Registrations(RegistryAdministration registry, CatalogRegistrations catalog, Changes changes, Clock clock) {
		this.registry = registry;
		this.catalog = catalog;
		this.changes = changes;
		this.clock = clock;
	}

	/** Returns the provider of a name. */
	public Optional<ProviderView> provider(String name) {
		return this.registry.providers().stream().filter((each) -> each.provider().name().equals(name)).findFirst();
	}

	/** Returns every name that a model, an alias or a deployment has. */
	public Set<String> callableNames() {
		Set<String> names = new HashSet<>();
		this.registry.models().stream().map(Model::name).forEach(names::add);
		this.registry.aliases().stream().map(AliasView::name).forEach(names::add);
		this.registry.deployments().stream().map(DeploymentView::name).forEach(names::add);
		return names;
	}

	public ProviderView add(PutProvider provider) {
		return this.changes
			.recorded(Subject.shared("provider", provider.name()), this.registry.put(provider, Put.CREATE))
			.now();
	}

	/** Sets a provider's credential; the one before is retired. */
	public CredentialView setCredential(String provider, String secret) {
		return this.changes
			.recorded(Subject.shared("credential", provider), this.registry.setCredential(provider, secret))
			.now();
	}

	public void add(PutModel model) {
		this.changes.recorded(Subject.shared("model", model.name()), this.registry.put(model, Put.CREATE));
	}

	/**
	 * Adds an entry of the catalogue as a model of that name, with a deployment at its
	 * list price.
	 * @param deployment the deployment's name
	 */
	public void add(CatalogModel entry, String deployment, String provider, DataClass dataClass) {
		this.catalog.register(entry,
				new CatalogRegistration(null, null, null, null, null, null,
						new CatalogDeployment(deployment, provider, null, dataClass, null, null, true)),
				this.clock.instant());
	}

	/** Adds a deployment with its prices. */
	public void add(PutDeployment deployment, AddPriceCard prices) {
		this.changes.recorded(Subject.shared("deployment", deployment.name()),
				this.registry.put(deployment, Put.CREATE));
		this.changes.recorded(Subject.shared("price_card", deployment.name()), this.registry.add(prices));
	}

}
