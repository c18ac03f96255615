package io.exchequer.kernel;

import java.util.UUID;

/**
 * Identifies a virtual key; never the key's secret.
 *
 * @param value a UUIDv7
 */
public record KeyId(UUID value) {

	@Override
	public String toString() {
		return value.toString();
	}

}
