package io.exchequer.gateway;

import java.time.Duration;
import java.time.Instant;

import io.exchequer.configuration.Configuration;
import io.exchequer.gateway.SessionIdentity.Session;
import io.exchequer.tenancy.IdentitySnapshot.Authentication;
import io.exchequer.tenancy.KeyIdentity;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Finds out who asks: the virtual key in {@code Authorization} or {@code x-api-key}, else
 * the console's session. No answer ever repeats what was presented.
 */
final class Authenticator {

	private static final Logger log = LoggerFactory.getLogger(Authenticator.class);

	private static final String SCHEME = "Bearer ";

	private final @Nullable SessionIdentity sessions;

	private final Duration retryAfter;

	/**
	 * Makes an authenticator.
	 * @param sessions knows the console's sessions; null where there are none
	 * @param retryAfter what a client is told to wait where a session cannot be looked up
	 */
	Authenticator(@Nullable SessionIdentity sessions, Duration retryAfter) {
		this.sessions = sessions;
		this.retryAfter = retryAfter;
	}

	/**
	 * Returns who asks.
	 * @throws Rejection 401 if nobody known does, 403 if a session's request lacks its
	 * forgery token or asks for a project that is not open to its user
	 */
	KeyIdentity authenticate(HttpServletRequest request, Configuration configuration, Instant at) throws Rejection {
		String presented = presented(request);
		if (presented == null) {
			return session(request, configuration, at);
		}
		return switch (configuration.identity().authenticate(presented, at)) {
			case Authentication.Accepted accepted -> accepted.identity();
			case Authentication.Unknown _ -> throw unauthorized("invalid_api_key",
					"The API key is not known. Send a virtual key as Authorization: Bearer <key> or x-api-key: <key>.");
			case Authentication.Expired _ -> throw unauthorized("expired_api_key",
					"The API key has expired. Use its successor, or ask whoever manages it for a new one.");
			case Authentication.Revoked _ ->
				throw unauthorized("revoked_api_key", "The API key was revoked. Ask whoever manages it for a new one.");
		};
	}

	private KeyIdentity session(HttpServletRequest request, Configuration configuration, Instant at) throws Rejection {
		return switch (find(request, configuration, at)) {
			case Session.Accepted accepted -> accepted.identity();
			case Session.None _ -> throw unauthorized("invalid_api_key",
					"No API key was sent. Send a virtual key as Authorization: Bearer <key> or x-api-key: <key>.");
			case Session.Over _ -> throw unauthorized("session_over",
					"The console's session is over: sign in again, or send a virtual key as Authorization: Bearer <key>.");
			case Session.ForgeryTokenMissing _ -> throw Rejection.of(403, "csrf_token_required",
					"A request with the console's session needs the cookie XSRF-TOKEN repeated in the header X-XSRF-TOKEN.");
			case Session.UnknownTenant _ -> throw Rejection.of(404, "tenant_not_found",
					"The tenant in " + SessionIdentity.TENANT_HEADER + " does not exist, or you have no role in it.");
			case Session.NoProject _ -> throw Rejection.of(403, "project_not_allowed",
					"There is no such project that is open to you. A project is open to its team's people once it has a portal key; ask whoever manages the team.");
			case Session.ProjectNotNamed several ->
				throw Rejection.invalid("project_required", toName(several), SessionIdentity.PROJECT_HEADER);
		};
	}

	private static String toName(Session.ProjectNotNamed several) {
		String names = "Several projects are open to you. Name one in " + SessionIdentity.PROJECT_HEADER + ": "
				+ String.join(", ", several.names()) + ".";
		return several.ambiguous() ? names + " Tenants of yours have projects of the same name: say which is meant in "
				+ SessionIdentity.TENANT_HEADER + ", or name the project by its identifier." : names;
	}

	private Session find(HttpServletRequest request, Configuration configuration, Instant at) throws Rejection {
		if (this.sessions == null) {
			return new Session.None();
		}
		try {
			return this.sessions.identify(request, configuration, at);
		}
		catch (DataAccessException | TransactionException ex) {
			log.warn("The database did not answer who is asking: {}", ex.getMessage());
			throw new Rejection(Errors.unavailable("sessions_unavailable",
					"It cannot be found out at the moment whose session this is. Try again.", this.retryAfter));
		}
	}

	private static @Nullable String presented(HttpServletRequest request) {
		String authorization = request.getHeader("Authorization");
		if (authorization != null && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
			return authorization.substring(SCHEME.length()).strip();
		}
		String apiKey = request.getHeader("x-api-key");
		if (apiKey != null) {
			return apiKey.strip();
		}
		// Another scheme is no key of ours, and must not fall back to a session either.
		return authorization;
	}

	private static Rejection unauthorized(String code, String message) {
		return Rejection.of(401, code, message);
	}

}
