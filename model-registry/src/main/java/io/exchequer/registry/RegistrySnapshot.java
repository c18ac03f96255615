package io.exchequer.registry;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import io.exchequer.kernel.DeploymentId;

/**
 * The registry at one version of the configuration. Immutable; every look-up is in
 * memory.
 */
public interface RegistrySnapshot {

	/** Returns every model, by name. */
	List<Model> models();

	/** Returns every deployment, by name. */
	List<Deployment> deployments();

	/** Returns the names of every alias, sorted. */
	List<String> aliases();

	Optional<Deployment> deployment(DeploymentId id);

	/**
	 * Resolves what a client asked for: a deployment's name, a model's name or an alias,
	 * in this order.
	 * @return the kind of name and its deployments, or empty where nothing has the name
	 */
	Optional<Target> resolve(String name);

	/**
	 * Returns the card in force for a deployment at an instant, or empty where none is:
	 * the deployment is unpriced then.
	 */
	Optional<PriceCard> priceCard(DeploymentId deployment, Instant at);

	/**
	 * What a name stands for.
	 *
	 * @param name the name asked for
	 * @param kind what has that name
	 * @param model the model meant, by its name
	 * @param deployments the deployments that serve it, by name; may be empty
	 */
	record Target(String name, Kind kind, String model, List<Deployment> deployments) {

		/** The kinds of name a client may ask for. */
		public enum Kind {

			DEPLOYMENT, MODEL, ALIAS

		}

	}

}
