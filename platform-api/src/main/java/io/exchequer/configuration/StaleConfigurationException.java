package io.exchequer.configuration;

/**
 * This replica cannot confirm that its configuration is still in force.
 */
public class StaleConfigurationException extends RuntimeException {

	public StaleConfigurationException(String message) {
		super(message);
	}

}
