package io.exchequer.configuration;

/**
 * The configuration this replica serves by.
 */
public interface ConfigurationSource {

	/**
	 * Returns the configuration in force.
	 * @throws StaleConfigurationException if this replica could not confirm its version
	 * for longer than its configured staleness: answer 503
	 */
	Configuration current();

	/**
	 * Reads the database's version now, loads it where it is newer than what is in
	 * memory, and returns what is then in force.
	 * @throws StaleConfigurationException if the database does not answer
	 */
	Configuration refresh();

}
