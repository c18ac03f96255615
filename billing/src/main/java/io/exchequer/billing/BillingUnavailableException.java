package io.exchequer.billing;

import org.jspecify.annotations.Nullable;

/**
 * The ledger's database did not answer in time.
 */
public class BillingUnavailableException extends RuntimeException {

	public BillingUnavailableException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
