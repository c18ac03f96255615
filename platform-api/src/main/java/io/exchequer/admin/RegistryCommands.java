package io.exchequer.admin;

import io.exchequer.admin.Changes.Subject;
import io.exchequer.admin.RegistryEntries.AliasEntry;
import io.exchequer.admin.RegistryEntries.DeploymentEntry;
import io.exchequer.admin.RegistryEntries.ModelEntry;
import io.exchequer.admin.RegistryEntries.PriceCardEntry;
import io.exchequer.admin.RegistryEntries.ProviderEntry;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Change;
import io.exchequer.registry.Model;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryView.AliasView;
import io.exchequer.registry.RegistryView.CredentialView;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.RegistryView.PriceCardView;
import io.exchequer.registry.RegistryView.ProviderView;

import org.springframework.stereotype.Component;

/**
 * Changes what can be called, and records it. Each joins the caller's transaction.
 */
@Component
class RegistryCommands {

	private final RegistryAdministration registry;

	private final CatalogCommands catalog;

	private final Uses uses;

	private final Changes changes;

	RegistryCommands(RegistryAdministration registry, CatalogCommands catalog, Uses uses, Changes changes) {
		this.registry = registry;
		this.catalog = catalog;
		this.uses = uses;
		this.changes = changes;
	}

	/**
	 * Puts a provider, and its secret where one is given.
	 * @throws ValidationProblem {@code secret_required} if the provider moves to another
	 * server and its secret is not said again: whoever may change where a provider is
	 * need not know its secret, and must not have it sent to them
	 */
	Change<ProviderView> put(ProviderEntry entry, Put put) {
		Change<ProviderView> change = this.changes.recorded(Subject.shared("provider", entry.name()),
				this.registry.put(entry.command(), put));
		String secret = entry.secret();
		ProviderView before = change.before();
		if (secret == null && before != null && before.credential() != null && change.now().credential() == null) {
			throw ValidationProblem.of("secret_required", "secret",
					"must be given again, or withdrawn first: baseUrl leads to another server than it was given for");
		}
		if (secret == null || !setCredential(entry.name(), secret).changed()) {
			return change;
		}
		return new Change<>((change.kind() == Change.Kind.CREATED) ? Change.Kind.CREATED : Change.Kind.UPDATED,
				change.before(), this.registry.provider(entry.name()));
	}

	Change<CredentialView> setCredential(String provider, String secret) {
		return this.changes.recorded(Subject.shared("credential", provider),
				this.registry.setCredential(provider, secret));
	}

	Change<CredentialView> withdrawCredential(String provider) {
		return this.changes.recorded(Subject.shared("credential", provider),
				this.registry.withdrawCredential(provider));
	}

	Change<Model> put(ModelEntry entry, Put put) {
		return this.changes.recorded(Subject.shared("model", entry.name()),
				this.registry.put(this.catalog.command(entry), put));
	}

	Change<AliasView> put(AliasEntry entry, Put put) {
		return this.changes.recorded(Subject.shared("alias", entry.name()), this.registry.put(entry.command(), put));
	}

	Change<DeploymentView> put(DeploymentEntry entry, Put put) {
		return this.changes.recorded(Subject.shared("deployment", entry.name()),
				this.registry.put(entry.command(), put));
	}

	Change<DeploymentView> liftQuarantine(String deployment) {
		return this.changes.recorded(Subject.shared("deployment", deployment),
				this.registry.liftQuarantine(deployment));
	}

	Change<PriceCardView> add(PriceCardEntry entry) {
		return this.changes.recorded(Subject.shared("price_card", entry.deployment()),
				this.registry.add(entry.command()));
	}

	Change<ProviderView> deleteProvider(String name) {
		return this.changes.recorded(Subject.shared("provider", name), this.registry.deleteProvider(name));
	}

	Change<Model> deleteModel(String name) {
		this.uses.refuse(this.registry.model(name));
		return this.changes.recorded(Subject.shared("model", name), this.registry.deleteModel(name));
	}

	Change<AliasView> deleteAlias(String name) {
		this.uses.refuse("alias", this.registry.alias(name).name());
		return this.changes.recorded(Subject.shared("alias", name), this.registry.deleteAlias(name));
	}

	Change<DeploymentView> deleteDeployment(String name) {
		this.uses.refuse("deployment", this.registry.deployment(name).name());
		return this.changes.recorded(Subject.shared("deployment", name), this.registry.deleteDeployment(name));
	}

}
