package io.exchequer.kernel;

import java.util.UUID;

/**
 * Identifies a tenant, the outermost owner of everything that is not shared
 * configuration.
 *
 * @param value a UUIDv7
 */
public record TenantId(UUID value) {

	@Override
	public String toString() {
		return value.toString();
	}

}
