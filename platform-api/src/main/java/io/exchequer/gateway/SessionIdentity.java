package io.exchequer.gateway;

import io.exchequer.configuration.Configuration;
import io.exchequer.tenancy.KeyIdentity;
import jakarta.servlet.http.HttpServletRequest;

/**
 * Lets the console's users ask the AI APIs with their session instead of a virtual key.
 * No filter runs before the gateway: an implementation reads the cookie itself.
 */
public interface SessionIdentity {

	/**
	 * Looks for a session in a request that carries no virtual key.
	 * @param request the request; its body is not to be read
	 * @param configuration what the request is served by
	 */
	Session identify(HttpServletRequest request, Configuration configuration);

	/** What was found. */
	sealed interface Session {

		/** There is no session, or it is over. */
		record None() implements Session {
		}

		/** There is one, but the request may not come from the console's own page. */
		record ForgeryTokenMissing() implements Session {
		}

		/** The user may ask, as this stand-in for a virtual key. */
		record Accepted(KeyIdentity identity) implements Session {
		}

	}

}
