package io.exchequer.security;

import java.util.Optional;
import java.util.function.Supplier;

import io.exchequer.tenancy.TenantVisibility;
import org.jspecify.annotations.Nullable;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;

/**
 * Who acts on the calling thread. Its transactions see that actor's tenant, and nothing
 * where nobody acts.
 */
@Component
public class CurrentActor implements TenantVisibility {

	/** Returns who acts, or empty. */
	public Optional<Actor> find() {
		return here();
	}

	static Optional<Actor> here() {
		Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
		return (authentication instanceof ActorAuthentication actor) ? Optional.of(actor.actor()) : Optional.empty();
	}

	/**
	 * Returns who acts.
	 * @throws IllegalStateException if nobody does; the filter chain lets nobody in to
	 * what needs somebody
	 */
	public Actor require() {
		return find().orElseThrow(() -> new IllegalStateException("nobody is signed in"));
	}

	/**
	 * Does something as somebody else, in transactions that begin within it.
	 */
	public <T extends @Nullable Object> T runAs(Actor actor, Supplier<T> work) {
		SecurityContext before = SecurityContextHolder.getContext();
		SecurityContext context = SecurityContextHolder.createEmptyContext();
		context.setAuthentication(new ActorAuthentication(actor));
		SecurityContextHolder.setContext(context);
		try {
			return work.get();
		}
		finally {
			SecurityContextHolder.setContext(before);
		}
	}

	@Override
	public String setting() {
		return find().map(Actor::visibility).orElse(TenantVisibility.NO_TENANT);
	}

}
