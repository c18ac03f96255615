package io.exchequer.catalog;

import java.time.Instant;

import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import org.jspecify.annotations.Nullable;

/**
 * Which entries are asked for; what is null does not matter.
 *
 * @param vendor the vendor, whatever the case of its letters
 * @param modality what an entry reads or writes
 * @param ability what an entry is known to do
 * @param hosting where an entry can be had
 * @param stage where an entry stands at the time of asking
 */
public record CatalogFilter(@Nullable String vendor, @Nullable Modality modality, @Nullable Ability ability,
		@Nullable Hosting hosting, Lifecycle.@Nullable Stage stage) {

	/** Everything. */
	public static final CatalogFilter ALL = new CatalogFilter(null, null, null, null, null);

	boolean accepts(CatalogModel model, Instant at) {
		return (this.vendor == null || this.vendor.equalsIgnoreCase(model.vendor()))
				&& (this.modality == null || model.handles(this.modality))
				&& (this.ability == null || model.can(this.ability))
				&& (this.hosting == null || model.hosting().contains(this.hosting))
				&& (this.stage == null || this.stage == model.lifecycle().stageAt(at));
	}

}
