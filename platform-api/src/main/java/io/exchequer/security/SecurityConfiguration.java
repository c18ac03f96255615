package io.exchequer.security;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.session.autoconfigure.DefaultCookieSerializerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.ProviderNotFoundException;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.security.web.csrf.CsrfFilter;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.session.config.SessionRepositoryCustomizer;
import org.springframework.session.jdbc.JdbcIndexedSessionRepository;

/**
 * What is open, what needs somebody, and what browsers are told. Everything finer is
 * {@link AccessControl}'s.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(SecuritySettings.class)
class SecurityConfiguration {

	private static final String CONTENT_POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; "
			+ "style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; "
			+ "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

	private static final String SESSION = "/admin/v1/session";

	@Bean
	SecurityFilterChain filterChain(HttpSecurity http, ActorLookup lookup, SecuritySettings settings, Clock clock,
			ApplicationAvailability availability) {
		http.authorizeHttpRequests((requests) -> requests.requestMatchers(HttpMethod.POST, SESSION)
			.permitAll()
			.requestMatchers("/actuator/health", "/actuator/health/**")
			.permitAll()
			.requestMatchers("/actuator/prometheus")
			.access((authentication,
					context) -> new AuthorizationDecision(mayReadMetrics(context.getRequest(), settings)))
			.requestMatchers("/actuator", "/actuator/**")
			.denyAll()
			.requestMatchers("/admin/**")
			.authenticated()
			.anyRequest()
			.permitAll());
		// A request with a token needs no other proof that it was meant: a browser never
		// adds one by itself. Neither does signing in, which only takes JSON.
		http.csrf(
				(csrf) -> csrf.spa().ignoringRequestMatchers(ActorFilter::hasBearer, SecurityConfiguration::isSignIn));
		http.sessionManagement((sessions) -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
		// Who acts is found out anew for each request; Spring Security is not to ask the
		// session.
		http.securityContext(
				(context) -> context.securityContextRepository(new RequestAttributeSecurityContextRepository()));
		http.requestCache((cache) -> cache.disable());
		http.httpBasic((basic) -> basic.disable()).formLogin((form) -> form.disable()).logout((out) -> out.disable());
		http.addFilterBefore(
				new ReadyFilter(availability, PathPatternRequestMatcher.withDefaults().matcher("/admin/**")),
				CsrfFilter.class);
		http.addFilterBefore(new ActorFilter(lookup, settings, clock), AuthorizationFilter.class);
		http.headers(SecurityConfiguration::headers);
		http.exceptionHandling((handling) -> handling
			.authenticationEntryPoint((request, response, ex) -> ProblemWriter.write(response,
					HttpServletResponse.SC_UNAUTHORIZED, "not_signed_in",
					"Send an admin token as Authorization: Bearer, or sign in at POST " + SESSION + "."))
			.accessDeniedHandler((request, response, ex) -> ProblemWriter.write(response,
					HttpServletResponse.SC_FORBIDDEN, "forbidden",
					"This needs a role you do not have, or the header X-XSRF-TOKEN with the cookie's value.")));
		return http.build();
	}

	private static boolean isSignIn(HttpServletRequest request) {
		return "POST".equals(request.getMethod()) && SESSION.equals(request.getRequestURI());
	}

	private static void headers(HeadersConfigurer<HttpSecurity> headers) {
		headers.contentSecurityPolicy((policy) -> policy.policyDirectives(CONTENT_POLICY))
			.frameOptions((frames) -> frames.deny())
			.referrerPolicy((referrer) -> referrer.policy(ReferrerPolicy.NO_REFERRER));
	}

	/**
	 * A scraper on the same host needs no token; whoever came through a proxy, or from
	 * elsewhere, does.
	 */
	private static boolean mayReadMetrics(HttpServletRequest request, SecuritySettings settings) {
		boolean direct = settings.metricsOpenToLoopback() && request.getHeader("X-Forwarded-For") == null
				&& request.getHeader("Forwarded") == null;
		return (direct && isLoopback(request.getRemoteAddr())) || CurrentActor.here()
			.filter((
					actor) -> actor.grants().stream().anyMatch((grant) -> Permission.READ_METRICS.allows(grant.role())))
			.isPresent();
	}

	private static boolean isLoopback(String address) {
		try {
			return InetAddress.getByName(address).isLoopbackAddress();
		}
		catch (UnknownHostException ex) {
			return false;
		}
	}

	/** Nobody signs in through Spring Security itself, and no default user is wanted. */
	@Bean
	AuthenticationManager authenticationManager() {
		return (authentication) -> {
			throw new ProviderNotFoundException("sign in at " + SESSION);
		};
	}

	@Bean
	DefaultCookieSerializerCustomizer sessionCookie() {
		return (cookie) -> {
			cookie.setCookieName("EXCHEQUER_SESSION");
			cookie.setSameSite("Strict");
			cookie.setUseHttpOnlyCookie(true);
			cookie.setCookiePath("/");
		};
	}

	@Bean
	SessionRepositoryCustomizer<JdbcIndexedSessionRepository> sessionIdleTime(SecuritySettings settings) {
		return (repository) -> repository.setDefaultMaxInactiveInterval(settings.sessionIdle());
	}

}
