package io.exchequer.billing;

/**
 * The ledger's database did not answer in time.
 */
public class BillingUnavailableException extends RuntimeException {

	public BillingUnavailableException(String message, Throwable cause) {
		super(message, cause);
	}

}
