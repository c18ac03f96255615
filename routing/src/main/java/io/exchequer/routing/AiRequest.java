package io.exchequer.routing;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;

import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.ReserveShare;
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
 * @param mayGoOn asked before an attempt whenever the budgets changed meanwhile: false
 * where the request's idempotency key went to a repetition, and nothing may be called for
 * it any more
 * @param dropUnsupported whether what a deployment has no place for may be left out where
 * the request keeps its meaning without it
 * @param share what was set aside for its first attempt that costs something, or null; a
 * request that has one belongs to a batch, and leaves places to those that somebody waits
 * for
 */
public record AiRequest(UUID id, ChargeTo chargeTo, RequestDocument document, Set<String> allowed,
		@Nullable DataClass dataClass, Instant receivedAt, BooleanSupplier mayGoOn, boolean dropUnsupported,
		@Nullable ReserveShare share) {

	/** Makes a request that nothing stops, and of which nothing is left out. */
	public AiRequest(UUID id, ChargeTo chargeTo, RequestDocument document, Set<String> allowed,
			@Nullable DataClass dataClass, Instant receivedAt) {
		this(id, chargeTo, document, allowed, dataClass, receivedAt, () -> true, false, null);
	}

	/** Returns this request, to go on only while the condition holds. */
	public AiRequest goingOnWhile(BooleanSupplier condition) {
		return new AiRequest(this.id, this.chargeTo, this.document, this.allowed, this.dataClass, this.receivedAt,
				condition, this.dropUnsupported, this.share);
	}

	/** Returns this request with another document. */
	public AiRequest with(RequestDocument other) {
		return new AiRequest(this.id, this.chargeTo, other, this.allowed, this.dataClass, this.receivedAt, this.mayGoOn,
				this.dropUnsupported, this.share);
	}

	/** Returns this request, of which what is not supported may be left out. */
	public AiRequest droppingUnsupported(boolean allowed) {
		return new AiRequest(this.id, this.chargeTo, this.document, this.allowed, this.dataClass, this.receivedAt,
				this.mayGoOn, allowed, this.share);
	}

	/** Returns this request, whose first attempt draws a share of a reserve. */
	public AiRequest drawing(ReserveShare ofReserve) {
		return new AiRequest(this.id, this.chargeTo, this.document, this.allowed, this.dataClass, this.receivedAt,
				this.mayGoOn, this.dropUnsupported, ofReserve);
	}

}
