package io.exchequer.kernel;

import java.util.UUID;

/**
 * Identifies a team of a tenant.
 *
 * @param value a UUIDv7
 */
public record TeamId(UUID value) {

	@Override
	public String toString() {
		return value.toString();
	}

}
