package io.exchequer.registry;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

import org.jspecify.annotations.Nullable;

/**
 * Where a model stands in its life.
 *
 * @param stage the stage; a retired model is never a candidate
 * @param successor the name of the model to move to, or null
 * @param retiresOn the day (UTC) from which the model counts as retired, or null
 */
public record Lifecycle(Stage stage, @Nullable String successor, @Nullable LocalDate retiresOn) {

	/** The life-cycle of a model in use, with nothing planned. */
	public static final Lifecycle ACTIVE = new Lifecycle(Stage.ACTIVE, null, null);

	/** Returns whether the model counts as retired at an instant. */
	public boolean retired(Instant at) {
		return this.stage == Stage.RETIRED
				|| (this.retiresOn != null && !at.isBefore(this.retiresOn.atStartOfDay(ZoneOffset.UTC).toInstant()));
	}

	/** The stages in their order. */
	public enum Stage {

		PREVIEW, ACTIVE, DEPRECATED, RETIRED

	}

}
