package io.exchequer.gateway;

import java.time.Instant;
import java.util.List;

import io.exchequer.configuration.Configuration;
import io.exchequer.tenancy.KeyIdentity;
import jakarta.servlet.http.HttpServletRequest;

/**
 * Lets the console's users ask the AI APIs with their session instead of a virtual key.
 * No filter runs before the gateway: an implementation reads the cookie itself.
 */
public interface SessionIdentity {

	/** Names the project to ask for, by name or identifier. */
	String PROJECT_HEADER = "X-Exchequer-Project";

	/**
	 * Names the tenant to ask in, by name or identifier; on the admin API, the one to act
	 * in.
	 */
	String TENANT_HEADER = "X-Exchequer-Tenant";

	/**
	 * Looks for a session in a request that carries no virtual key.
	 * @param request the request; its body is not to be read
	 * @param configuration what the request is served by
	 * @param at when it arrived
	 * @throws org.springframework.dao.DataAccessException if it cannot be found out for
	 * now
	 * @throws org.springframework.transaction.TransactionException likewise
	 */
	Session identify(HttpServletRequest request, Configuration configuration, Instant at);

	/** What was found. */
	sealed interface Session {

		/** The request brings none. */
		record None() implements Session {
		}

		/** It brings one that is over. */
		record Over() implements Session {
		}

		/** There is one, but the request may not come from the console's own page. */
		record ForgeryTokenMissing() implements Session {
		}

		/** The tenant it names is not there, or the user has no role in it. */
		record UnknownTenant() implements Session {
		}

		/** No project, or not the one it names, is open to the user. */
		record NoProject() implements Session {
		}

		/**
		 * It has to name one of the projects that are open to the user.
		 *
		 * @param names their names, each once
		 * @param ambiguous whether a name is that of projects in several tenants
		 */
		record ProjectNotNamed(List<String> names, boolean ambiguous) implements Session {
		}

		/** The user may ask by this key, which is charged. */
		record Accepted(KeyIdentity identity) implements Session {
		}

	}

}
