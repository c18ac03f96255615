package io.exchequer.billing.ledger;

/**
 * The database could not be asked, or its answer was not heard: whatever was asked may or
 * may not have been done, and should be asked again.
 */
final class UnavailableException extends Exception {

	UnavailableException(String message, Throwable cause) {
		super(message, cause);
	}

}
