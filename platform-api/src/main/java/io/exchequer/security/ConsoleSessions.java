package io.exchequer.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.exchequer.configuration.Configuration;
import io.exchequer.gateway.SessionIdentity;
import io.exchequer.tenancy.IdentitySnapshot.Portal;
import io.exchequer.tenancy.KeyIdentity;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.security.web.csrf.CookieCsrfTokenRepository;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.session.SessionRepository;
import org.springframework.session.web.http.CookieSerializer;
import org.springframework.stereotype.Component;

/**
 * Lets people ask the AI APIs with the session they signed in to the console with. Who
 * they are is read from the database as for the admin API; the rest from the snapshot.
 */
@Component
class ConsoleSessions implements SessionIdentity {

	private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS");

	private final CookieSerializer cookies;

	private final SessionRepository<? extends org.springframework.session.Session> sessions;

	private final ActorLookup lookup;

	private final SecuritySettings settings;

	private final CookieCsrfTokenRepository forgeryTokens = new CookieCsrfTokenRepository();

	ConsoleSessions(CookieSerializer cookies, SessionRepository<? extends org.springframework.session.Session> sessions,
			ActorLookup lookup, SecuritySettings settings) {
		this.cookies = cookies;
		this.sessions = sessions;
		this.lookup = lookup;
		this.settings = settings;
	}

	@Override
	public Session identify(HttpServletRequest request, Configuration configuration, Instant at) {
		List<String> presented = this.cookies.readCookieValues(request);
		if (presented.isEmpty()) {
			return new Session.None();
		}
		if (!SAFE_METHODS.contains(request.getMethod()) && !meant(request)) {
			return new Session.ForgeryTokenMissing();
		}
		try {
			return presented.stream()
				.flatMap((id) -> actor(this.sessions, id, request, at).stream())
				.findFirst()
				.map((actor) -> ask(actor, request, configuration, at))
				.orElseGet(Session.Over::new);
		}
		catch (ActorLookup.UnknownTenantException _) {
			return new Session.UnknownTenant();
		}
	}

	/**
	 * A browser sends the cookies by itself, but no page of another origin knows them.
	 */
	private boolean meant(HttpServletRequest request) {
		CsrfToken expected = this.forgeryTokens.loadToken(request);
		if (expected == null) {
			return false;
		}
		String sent = request.getHeader(expected.getHeaderName());
		return sent != null && MessageDigest.isEqual(sent.getBytes(StandardCharsets.UTF_8),
				expected.getToken().getBytes(StandardCharsets.UTF_8));
	}

	private <S extends org.springframework.session.Session> Optional<Actor> actor(SessionRepository<S> repository,
			String id, HttpServletRequest request, Instant at) {
		S session = repository.findById(id);
		if (session == null) {
			return Optional.empty();
		}
		Optional<Actor> actor = SignedIn.from(session::getAttribute)
			.filter((signedIn) -> signedIn.lasts(this.settings, at))
			.flatMap((signedIn) -> this.lookup.byUser(signedIn.user(), signedIn.credential(),
					ActorFilter.tenant(request), signedIn.method(), request.getRemoteAddr()));
		if (actor.isEmpty()) {
			repository.deleteById(id);
			return actor;
		}
		// The session ends so long after the last request, and this is one.
		session.setLastAccessedTime(at);
		repository.save(session);
		return actor;
	}

	private static Session ask(Actor actor, HttpServletRequest request, Configuration configuration, Instant at) {
		List<Portal> open = open(actor, configuration, at);
		String wanted = request.getHeader(PROJECT_HEADER);
		if (wanted != null && !wanted.isBlank()) {
			open = open.stream().filter((portal) -> named(portal, wanted.strip())).toList();
		}
		return switch (open.size()) {
			case 0 -> new Session.NoProject();
			case 1 -> new Session.Accepted(charged(open.getFirst(), actor));
			default -> new Session.ProjectNotNamed(open.stream().map(Portal::project).sorted().distinct().toList(),
					open.stream().map(Portal::project).distinct().count() < open.size());
		};
	}

	/** Returns the portal keys that are open to somebody, in the tenant they act in. */
	private static List<Portal> open(Actor actor, Configuration configuration, Instant at) {
		return actor.grants()
			.stream()
			.filter((grant) -> Permission.USE_PORTAL.allows(grant.role()))
			.map(Grant::tenant)
			.filter((tenant) -> tenant != null && (actor.tenant() == null || tenant.equals(actor.tenant())))
			.distinct()
			.flatMap((tenant) -> configuration.identity().portals(tenant, at).stream())
			.filter((portal) -> isOpen(actor, portal.identity()))
			.toList();
	}

	private static boolean isOpen(Actor actor, KeyIdentity key) {
		return actor.grants()
			.stream()
			.filter((grant) -> Permission.USE_PORTAL.allows(grant.role()))
			.filter((grant) -> key.tenant().equals(grant.tenant()))
			.anyMatch((grant) -> grant.team() == null || grant.team().equals(key.team()));
	}

	private static boolean named(Portal portal, String wanted) {
		return portal.project().equals(wanted) || portal.identity().project().toString().equalsIgnoreCase(wanted);
	}

	private static KeyIdentity charged(Portal portal, Actor actor) {
		return portal.identity().tagged(KeyIdentity.USER_TAG + actor.id());
	}

}
