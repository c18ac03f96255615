package io.exchequer.routing.strategy;

import java.util.HashMap;
import java.util.Map;

import io.exchequer.kernel.DeploymentId;
import org.jspecify.annotations.Nullable;

/**
 * One request's view of what is observed: what was read once stays, so that a record
 * shows the numbers that decided rather than those of its own end. Used by one thread.
 */
public final class SeenOnce implements Performance {

	private final Performance present;

	private @Nullable Map<DeploymentId, Seen> observed;

	private @Nullable Map<DeploymentId, Integer> inFlight;

	/**
	 * Makes a view that has seen nothing.
	 * @param present what is observed from moment to moment
	 */
	public SeenOnce(Performance present) {
		this.present = present;
	}

	@Override
	public @Nullable Observed observed(DeploymentId deployment) {
		if (this.observed == null) {
			this.observed = new HashMap<>(8);
		}
		return this.observed.computeIfAbsent(deployment, (id) -> new Seen(this.present.observed(id))).value();
	}

	@Override
	public int inFlight(DeploymentId deployment) {
		if (this.inFlight == null) {
			this.inFlight = new HashMap<>(8);
		}
		return this.inFlight.computeIfAbsent(deployment, this.present::inFlight);
	}

	private record Seen(@Nullable Observed value) {
	}

}
