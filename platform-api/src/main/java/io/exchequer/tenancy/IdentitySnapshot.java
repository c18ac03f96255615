package io.exchequer.tenancy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.TenantId;

/**
 * Tenants and keys at one version of the configuration. Immutable.
 */
public interface IdentitySnapshot {

	/**
	 * Looks a presented virtual key up.
	 * @param presented the key's text as the client sent it, of any length and content
	 */
	Authentication authenticate(String presented, Instant at);

	/** Returns a key by its identifier, whatever its state. */
	Optional<KeyIdentity> key(KeyId id);

	/**
	 * Returns a key by its identifier, unless it is revoked or has expired: for work that
	 * goes on after its request.
	 */
	Optional<KeyIdentity> usableKey(KeyId id, Instant at);

	/** Returns a tenant's portal keys that may be used, by their projects' names. */
	List<Portal> portals(TenantId tenant, Instant at);

	/**
	 * The key by which a project's people ask with the console's session.
	 *
	 * @param project the project's name, unique in the tenant
	 * @param identity the key
	 */
	record Portal(String project, KeyIdentity identity) {
	}

	/** The result of a look-up. */
	sealed interface Authentication {

		/** The key may be used. */
		record Accepted(KeyIdentity identity) implements Authentication {
		}

		/** No such key. */
		record Unknown() implements Authentication {
		}

		/** The key has expired, or its overlap after a rotation is over. */
		record Expired() implements Authentication {
		}

		/** The key was revoked. */
		record Revoked() implements Authentication {
		}

	}

}
