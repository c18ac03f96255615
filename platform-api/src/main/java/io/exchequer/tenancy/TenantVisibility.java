package io.exchequer.tenancy;

/**
 * Says which tenant's rows the transactions of the calling thread may see on interactive
 * connections.
 */
@FunctionalInterface
public interface TenantVisibility {

	/** The setting under which every tenant's rows are visible. */
	String EVERY_TENANT = "*";

	/** The setting under which no tenant's rows are visible. */
	String NO_TENANT = "";

	/**
	 * Returns a tenant's identifier, {@link #EVERY_TENANT} or {@link #NO_TENANT}.
	 */
	String setting();

}
