package io.exchequer.security;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.security.authentication.AbstractAuthenticationToken;

/** Tells Spring Security who acts. What they may do is {@link AccessControl}'s. */
final class ActorAuthentication extends AbstractAuthenticationToken {

	private final transient Actor actor;

	ActorAuthentication(Actor actor) {
		super(List.of());
		this.actor = actor;
		setAuthenticated(true);
	}

	Actor actor() {
		return this.actor;
	}

	@Override
	public Object getCredentials() {
		return "";
	}

	@Override
	public Object getPrincipal() {
		return this.actor;
	}

	@Override
	public String getName() {
		return this.actor.name();
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof ActorAuthentication authentication && this.actor.equals(authentication.actor);
	}

	@Override
	public int hashCode() {
		return this.actor.hashCode();
	}

}
