package io.exchequer.registry;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import org.jspecify.annotations.Nullable;

/**
 * What {@link RegistryAdministration} tells of the registry. Models are told as
 * {@link Model}. No secret, nor any part of one, is in any of them.
 */
public sealed interface RegistryView {

	/**
	 * A provider.
	 *
	 * @param provider the provider
	 * @param credential the credential in use, or null where there is none
	 */
	record ProviderView(Provider provider, @Nullable CredentialView credential) implements RegistryView {
	}

	/**
	 * A credential.
	 *
	 * @param id the identifier that ledger lines carry
	 * @param masterKeyId the master key it is encrypted under
	 * @param createdAt when it was set
	 * @param retiredAt when another replaced it or it was withdrawn, or null where it is
	 * in use
	 */
	record CredentialView(UUID id, String masterKeyId, Instant createdAt,
			@Nullable Instant retiredAt) implements RegistryView {
	}

	/**
	 * An alias.
	 *
	 * @param name its unique name
	 * @param model the model it stands for, by name
	 */
	record AliasView(String name, String model) implements RegistryView {
	}

	/**
	 * A deployment.
	 *
	 * @param id its identifier
	 * @param name its unique name
	 * @param model the model it serves, by name
	 * @param provider where it is served, by name
	 * @param upstreamModel the model name the provider knows
	 * @param dataClass the most sensitive content it may see
	 * @param settings how it is called
	 * @param enabled whether it may be a candidate
	 * @param quarantine why it was taken out of service, or null where it was not
	 */
	record DeploymentView(DeploymentId id, String name, String model, String provider, String upstreamModel,
			DataClass dataClass, DeploymentSettings settings, boolean enabled,
			@Nullable Quarantine quarantine) implements RegistryView {

		/**
		 * Why and since when a deployment is out of service.
		 *
		 * @param at since when
		 * @param reason the reason's stable code
		 */
		public record Quarantine(Instant at, String reason) {
		}

	}

	/**
	 * A price card.
	 *
	 * @param card the card
	 * @param deployment the deployment's name when the card was added
	 * @param source where the prices are from; may be empty
	 * @param note why; may be empty
	 * @param createdAt when it was added
	 */
	record PriceCardView(PriceCard card, String deployment, String source, String note,
			Instant createdAt) implements RegistryView {
	}

}
