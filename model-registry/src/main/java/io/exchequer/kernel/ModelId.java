package io.exchequer.kernel;

import java.util.UUID;

/**
 * Identifies a model, the logical name clients ask for.
 *
 * @param value a UUIDv7
 */
public record ModelId(UUID value) {

	@Override
	public String toString() {
		return value.toString();
	}

}
