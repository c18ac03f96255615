package io.exchequer.kernel;

import java.util.UUID;

/**
 * Identifies a project of a team.
 *
 * @param value a UUIDv7
 */
public record ProjectId(UUID value) {

	@Override
	public String toString() {
		return value.toString();
	}

}
