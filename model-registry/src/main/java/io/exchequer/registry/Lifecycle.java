package io.exchequer.registry;

import java.time.LocalDate;

import org.jspecify.annotations.Nullable;

/**
 * Where a model stands in its life.
 *
 * @param stage the stage; a retired model is never a candidate
 * @param successor the name of the model to move to, or null
 * @param retiresOn the day (UTC) from which the model counts as retired, or null
 */
public record Lifecycle(Stage stage, @Nullable String successor, @Nullable LocalDate retiresOn) {

	/** The stages in their order. */
	public enum Stage {

		PREVIEW, ACTIVE, DEPRECATED, RETIRED

	}

}
