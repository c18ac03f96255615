package io.exchequer.kernel;

import java.util.UUID;

/**
 * Identifies a deployment, a model at one provider endpoint.
 *
 * @param value a UUIDv7
 */
public record DeploymentId(UUID value) {

	@Override
	public String toString() {
		return value.toString();
	}

}
