package io.exchequer.security;

import java.io.IOException;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Answers 503 while the platform is not ready. Until the first start's work is done, a
 * token that is right is not known yet: to refuse it would be a lie.
 */
final class ReadyFilter extends OncePerRequestFilter {

	private final ApplicationAvailability availability;

	private final RequestMatcher guarded;

	/**
	 * Makes a filter.
	 * @param guarded the requests that need the platform to be ready
	 */
	ReadyFilter(ApplicationAvailability availability, RequestMatcher guarded) {
		this.availability = availability;
		this.guarded = guarded;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		if (this.availability.getReadinessState() != ReadinessState.ACCEPTING_TRAFFIC
				&& this.guarded.matches(request)) {
			ProblemWriter.write(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, "not_ready",
					"This replica is starting or shutting down: try again.");
			return;
		}
		chain.doFilter(request, response);
	}

}
