package io.exchequer.security;

import java.util.Optional;
import java.util.function.Supplier;

import io.exchequer.tenancy.TenantVisibility;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Who acts on the calling thread. Its transactions see that actor's tenant, and nothing
 * where nobody acts.
 */
@Component
public class CurrentActor implements TenantVisibility {

	/**
	 * Not Spring Security's context, which may be loaded when it is first asked for: a
	 * transaction that begins must be able to ask without beginning another.
	 */
	private static final ThreadLocal<@Nullable Actor> ACTOR = new ThreadLocal<>();

	/** Returns who acts, or empty. */
	public Optional<Actor> find() {
		return here();
	}

	static Optional<Actor> here() {
		return Optional.ofNullable(ACTOR.get());
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
		Actor before = ACTOR.get();
		ACTOR.set(actor);
		try {
			return work.get();
		}
		finally {
			restore(before);
		}
	}

	static void let(Actor actor) {
		ACTOR.set(actor);
	}

	static void forget() {
		ACTOR.remove();
	}

	private static void restore(@Nullable Actor before) {
		if (before != null) {
			ACTOR.set(before);
		}
		else {
			ACTOR.remove();
		}
	}

	@Override
	public String setting() {
		return find().map(Actor::visibility).orElse(TenantVisibility.NO_TENANT);
	}

}
