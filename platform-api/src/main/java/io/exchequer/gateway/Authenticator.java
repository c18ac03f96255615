package io.exchequer.gateway;

import java.time.Instant;

import io.exchequer.configuration.Configuration;
import io.exchequer.tenancy.IdentitySnapshot.Authentication;
import io.exchequer.tenancy.KeyIdentity;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who asks: the virtual key in {@code Authorization} or {@code x-api-key}, else
 * the console's session. No answer ever repeats what was presented.
 */
final class Authenticator {

	private static final String SCHEME = "Bearer ";

	private final @Nullable SessionIdentity sessions;

	Authenticator(@Nullable SessionIdentity sessions) {
		this.sessions = sessions;
	}

	/**
	 * Returns who asks.
	 * @throws Rejection 401 if nobody known does, 403 if a session's request lacks its
	 * forgery token
	 */
	KeyIdentity authenticate(HttpServletRequest request, Configuration configuration, Instant at) throws Rejection {
		String presented = presented(request);
		if (presented == null) {
			return session(request, configuration);
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

	private KeyIdentity session(HttpServletRequest request, Configuration configuration) throws Rejection {
		if (this.sessions != null) {
			switch (this.sessions.identify(request, configuration)) {
				case SessionIdentity.Session.Accepted accepted -> {
					return accepted.identity();
				}
				case SessionIdentity.Session.ForgeryTokenMissing _ -> throw Rejection.of(403, "csrf_token_required",
						"A request with the console's session needs its CSRF token header.");
				case SessionIdentity.Session.None _ -> {
				}
			}
		}
		throw unauthorized("invalid_api_key",
				"No API key was sent. Send a virtual key as Authorization: Bearer <key> or x-api-key: <key>.");
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
