package io.exchequer.routing;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;

import io.exchequer.billing.ChargeTo;
import io.exchequer.registry.DataClass;
import io.exchequer.routing.wire.RequestDocument;
import org.jspecify.annotations.Nullable;

/**
 * A request that was authenticated and parsed.
 *
 * @param id the platform's identifier, a UUIDv7
 * @param chargeTo who is charged; its task is the request's
 * @param document the client's body
 * @param allowed the names the key may ask for (models, aliases and deployments); a
 * deployment is allowed by its own name, its model's, or an alias's that leads to it.
 * Empty allows nothing; {@code *} allows everything
 * @param dataClass the class the request claims for its content, or null for the
 * policy's; it can only raise the policy's
 * @param receivedAt when it arrived
 */
public record AiRequest(UUID id, ChargeTo chargeTo, RequestDocument document, Set<String> allowed,
		@Nullable DataClass dataClass, Instant receivedAt) {
}
