package io.exchequer.registry.administration;

import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.registry.Change;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Model;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import io.exchequer.registry.RegistryCommand.PutAlias;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryCommand.PutModel;
import io.exchequer.registry.RegistryCommand.PutProvider;
import io.exchequer.registry.RegistryView.AliasView;
import io.exchequer.registry.RegistryView.CredentialView;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.RegistryView.PriceCardView;
import io.exchequer.registry.RegistryView.ProviderView;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Puts each call into a transaction, the caller's where there is one.
 */
@Service
@Transactional
class TransactionalRegistryAdministration implements RegistryAdministration {

	private final Providers providers;

	private final Models models;

	private final Deployments deployments;

	TransactionalRegistryAdministration(Providers providers, Models models, Deployments deployments) {
		this.providers = providers;
		this.models = models;
		this.deployments = deployments;
	}

	@Override
	@Transactional(readOnly = true)
	public List<ProviderView> providers() {
		return this.providers.all();
	}

	@Override
	@Transactional(readOnly = true)
	public ProviderView provider(String name) {
		return this.providers.view(name);
	}

	@Override
	public Change<ProviderView> put(PutProvider command, Put put) {
		return this.providers.put(command, put);
	}

	@Override
	public Change<ProviderView> deleteProvider(String name) {
		return this.providers.delete(name);
	}

	@Override
	@Transactional(readOnly = true)
	public List<CredentialView> credentials(String provider) {
		return this.providers.credentials(provider);
	}

	@Override
	public Change<CredentialView> setCredential(String provider, String secret) {
		return this.providers.setCredential(provider, secret);
	}

	@Override
	public Change<CredentialView> withdrawCredential(String provider) {
		return this.providers.withdrawCredential(provider);
	}

	@Override
	public int reencryptCredentials() {
		return this.providers.reencryptCredentials();
	}

	@Override
	@Transactional(readOnly = true)
	public Map<String, Long> credentialsByMasterKey() {
		return this.providers.credentialsByMasterKey();
	}

	@Override
	@Transactional(readOnly = true)
	public List<Model> models() {
		return this.models.all();
	}

	@Override
	@Transactional(readOnly = true)
	public Model model(String name) {
		return this.models.model(name);
	}

	@Override
	public Change<Model> put(PutModel command, Put put) {
		return this.models.put(command, put);
	}

	@Override
	public Change<Model> changeLifecycle(String model, Lifecycle lifecycle) {
		return this.models.changeLifecycle(model, lifecycle);
	}

	@Override
	public Change<Model> deleteModel(String name) {
		return this.models.delete(name);
	}

	@Override
	@Transactional(readOnly = true)
	public List<AliasView> aliases() {
		return this.models.aliases();
	}

	@Override
	@Transactional(readOnly = true)
	public AliasView alias(String name) {
		return this.models.alias(name);
	}

	@Override
	public Change<AliasView> put(PutAlias command, Put put) {
		return this.models.put(command, put);
	}

	@Override
	public Change<AliasView> deleteAlias(String name) {
		return this.models.deleteAlias(name);
	}

	@Override
	@Transactional(readOnly = true)
	public List<DeploymentView> deployments() {
		return this.deployments.all();
	}

	@Override
	@Transactional(readOnly = true)
	public DeploymentView deployment(String name) {
		return this.deployments.view(name);
	}

	@Override
	public Change<DeploymentView> put(PutDeployment command, Put put) {
		return this.deployments.put(command, put);
	}

	@Override
	public Change<DeploymentView> liftQuarantine(String deployment) {
		return this.deployments.liftQuarantine(deployment);
	}

	@Override
	public Change<DeploymentView> deleteDeployment(String name) {
		return this.deployments.delete(name);
	}

	@Override
	@Transactional(readOnly = true)
	public List<PriceCardView> priceCards(String deployment) {
		return this.deployments.cards(deployment);
	}

	@Override
	@Transactional(readOnly = true)
	public PriceCardView priceCard(UUID id) {
		return this.deployments.card(id);
	}

	@Override
	public Change<PriceCardView> add(AddPriceCard command) {
		return this.deployments.add(command);
	}

}
