package io.exchequer.registry;

/**
 * How sensitive data is, from least to most. A deployment carries the highest class it
 * may see; a request carries the class of its content.
 */
public enum DataClass {

	PUBLIC, INTERNAL, CONFIDENTIAL, RESTRICTED;

	/**
	 * Returns whether a deployment cleared for this class may see content of the given
	 * one.
	 */
	public boolean admits(DataClass content) {
		return content.ordinal() <= ordinal();
	}

}
