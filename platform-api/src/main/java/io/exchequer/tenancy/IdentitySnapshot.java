package io.exchequer.tenancy;

import java.time.Instant;
import java.util.Optional;

import io.exchequer.kernel.KeyId;

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
