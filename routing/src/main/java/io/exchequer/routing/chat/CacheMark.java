package io.exchequer.routing.chat;

/**
 * Asks the provider to keep the prompt up to and including the marked place in its cache.
 */
public enum CacheMark {

	/** For five minutes, or the provider's shortest time. */
	FIVE_MINUTES,
	/** For one hour. */
	ONE_HOUR

}
