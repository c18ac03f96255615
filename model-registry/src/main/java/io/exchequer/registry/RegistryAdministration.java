package io.exchequer.registry;

import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ValidationProblem;
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

/**
 * Reads and changes the registry. Each change joins the caller's transaction, so that its
 * audit row goes with it, and is written before the call returns. Putting what is there
 * already writes nothing.
 * <p>
 * Every method that takes a command throws {@link ValidationProblem} with everything that
 * is wrong with it; every method that takes the name of something to read or change
 * throws {@link NotFoundProblem} where nothing has it; {@link ConflictProblem} says that
 * a name is taken or that a thing is still in use.
 */
public interface RegistryAdministration {

	/** Returns every provider, by name. */
	List<ProviderView> providers();

	ProviderView provider(String name);

	/**
	 * Puts a provider. Where its base URL leads to another host, port or protocol than
	 * before, the secret it was called with is retired: it was given for that server
	 * alone.
	 */
	Change<ProviderView> put(PutProvider command, Put put);

	/** Deletes a provider that no deployment uses, and its credentials. */
	Change<ProviderView> deleteProvider(String name);

	/** Returns a provider's credentials, the latest first. */
	List<CredentialView> credentials(String provider);

	/**
	 * Sets the secret that a provider is called with; the one before is retired. Setting
	 * the secret that is in use changes nothing.
	 * @param secret 1 to 8,192 visible ASCII characters; kept encrypted and never told
	 */
	Change<CredentialView> setCredential(String provider, String secret);

	/**
	 * Withdraws the secret that a provider is called with.
	 * @throws NotFoundProblem if it has none
	 */
	Change<CredentialView> withdrawCredential(String provider);

	/**
	 * Encrypts every credential anew that is not under the current master key, so that
	 * older master keys can go.
	 * @return how many were encrypted anew
	 * @throws ConflictProblem naming the first that does not open; nothing is changed
	 * then
	 */
	int reencryptCredentials();

	/**
	 * Returns how many credentials, retired ones too, are encrypted under each master
	 * key, by its identifier; none for a key that protects no credential.
	 */
	Map<String, Long> credentialsByMasterKey();

	/** Returns every model, by name. */
	List<Model> models();

	Model model(String name);

	Change<Model> put(PutModel command, Put put);

	/** Moves a model to another place in its life. */
	Change<Model> changeLifecycle(String model, Lifecycle lifecycle);

	/** Deletes a model that no deployment serves and no alias stands for. */
	Change<Model> deleteModel(String name);

	/** Returns every alias, by name. */
	List<AliasView> aliases();

	AliasView alias(String name);

	Change<AliasView> put(PutAlias command, Put put);

	Change<AliasView> deleteAlias(String name);

	/** Returns every deployment, by name. */
	List<DeploymentView> deployments();

	DeploymentView deployment(String name);

	Change<DeploymentView> put(PutDeployment command, Put put);

	/** Puts a quarantined deployment back into service. */
	Change<DeploymentView> liftQuarantine(String deployment);

	/**
	 * Deletes a deployment. Its price cards stay, for the ledger lines that name them.
	 */
	Change<DeploymentView> deleteDeployment(String name);

	/** Returns a deployment's price cards, the latest first. */
	List<PriceCardView> priceCards(String deployment);

	/** Returns a price card, that of a deleted deployment too. */
	PriceCardView priceCard(UUID id);

	/**
	 * Adds a price card. A card that is there already, with the same first instant and
	 * prices, changes nothing.
	 * @throws ConflictProblem if another card of the deployment begins at that instant
	 */
	Change<PriceCardView> add(AddPriceCard command);

}
