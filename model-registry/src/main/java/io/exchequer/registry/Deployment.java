package io.exchequer.registry;

import io.exchequer.kernel.DeploymentId;
import org.jspecify.annotations.Nullable;

/**
 * A model at one provider endpoint.
 *
 * @param id its identifier
 * @param name its unique name; clients may ask for it
 * @param model the model it serves
 * @param provider where it is served
 * @param upstreamModel the model name the provider knows
 * @param credential the secret to present, or null where none is needed
 * @param dataClass the most sensitive content it may see
 * @param settings how it is called
 * @param enabled whether it may be a candidate at all
 * @param quarantined whether it was taken out because it billed more than its bound
 */
public record Deployment(DeploymentId id, String name, Model model, Provider provider, String upstreamModel,
		@Nullable Credential credential, DataClass dataClass, DeploymentSettings settings, boolean enabled,
		boolean quarantined) {
}
