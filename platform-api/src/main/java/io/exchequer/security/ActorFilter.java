package io.exchequer.security;

import java.io.IOException;
import java.time.Clock;
import java.util.Optional;

import io.exchequer.gateway.SessionIdentity;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.transaction.TransactionException;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Takes an admin token or a session for whoever acts. A token that is not accepted is
 * refused; a session that is over counts as none.
 */
final class ActorFilter extends OncePerRequestFilter {

	private static final String BEARER = "Bearer ";

	private final ActorLookup lookup;

	private final SecuritySettings settings;

	private final Clock clock;

	ActorFilter(ActorLookup lookup, SecuritySettings settings, Clock clock) {
		this.lookup = lookup;
		this.settings = settings;
		this.clock = clock;
	}

	static boolean hasBearer(HttpServletRequest request) {
		String header = request.getHeader(HttpHeaders.AUTHORIZATION);
		return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length());
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		Optional<Actor> actor;
		try {
			actor = hasBearer(request) ? byToken(request) : bySession(request);
		}
		catch (ActorLookup.UnknownTenantException ex) {
			ProblemWriter.write(response, HttpServletResponse.SC_NOT_FOUND, "tenant_not_found",
					"The tenant in " + SessionIdentity.TENANT_HEADER + " does not exist, or you have no role in it.");
			return;
		}
		catch (TransactionException | DataAccessException ex) {
			this.logger.warn("The database did not answer who is asking: " + ex.getMessage());
			ProblemWriter.write(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, "unavailable",
					"The database does not answer: try again later.");
			return;
		}
		if (actor.isEmpty() && hasBearer(request)) {
			ProblemWriter.write(response, HttpServletResponse.SC_UNAUTHORIZED, "invalid_token",
					"The admin token is not known, has expired or was revoked.");
			return;
		}
		try {
			actor.ifPresent(ActorFilter::let);
			chain.doFilter(request, response);
		}
		finally {
			CurrentActor.forget();
		}
	}

	private static void let(Actor actor) {
		SecurityContext context = SecurityContextHolder.createEmptyContext();
		context.setAuthentication(new ActorAuthentication(actor));
		SecurityContextHolder.setContext(context);
		CurrentActor.let(actor);
	}

	private Optional<Actor> byToken(HttpServletRequest request) {
		String token = request.getHeader(HttpHeaders.AUTHORIZATION).substring(BEARER.length()).strip();
		return this.lookup.byToken(token, tenant(request), request.getRemoteAddr());
	}

	private Optional<Actor> bySession(HttpServletRequest request) {
		HttpSession session = request.getSession(false);
		if (session == null) {
			return Optional.empty();
		}
		Optional<Actor> actor = SignedIn.from(session::getAttribute)
			.filter((signedIn) -> signedIn.lasts(this.settings, this.clock.instant()))
			.flatMap((signedIn) -> this.lookup.byUser(signedIn.user(), signedIn.credential(), tenant(request),
					signedIn.method(), request.getRemoteAddr()));
		if (actor.isEmpty()) {
			session.invalidate();
		}
		return actor;
	}

	static @Nullable String tenant(HttpServletRequest request) {
		String tenant = request.getHeader(SessionIdentity.TENANT_HEADER);
		return (tenant != null && !tenant.isBlank()) ? tenant.strip() : null;
	}

}
