package io.exchequer.security;

import java.util.List;
import java.util.Locale;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Signing in to the console and out of it. */
@RestController
@RequestMapping(path = "/admin/v1/session", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "session")
class SessionController {

	private final SignIn signIn;

	private final CurrentActor current;

	SessionController(SignIn signIn, CurrentActor current) {
		this.signIn = signIn;
		this.current = current;
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	SessionView signIn(@Valid @RequestBody Credentials credentials, HttpServletRequest request) {
		SignedIn signedIn = this.signIn.byPassword(credentials.email(), credentials.password(),
				request.getRemoteAddr());
		HttpSession old = request.getSession(false);
		if (old != null) {
			old.invalidate();
		}
		signedIn.writeTo(request.getSession(true));
		return view(this.signIn.actor(signedIn, request.getRemoteAddr()));
	}

	@GetMapping
	SessionView whoAmI() {
		return view(this.current.require());
	}

	@DeleteMapping
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void signOut(HttpServletRequest request) {
		HttpSession session = request.getSession(false);
		if (session != null) {
			session.invalidate();
		}
	}

	private static SessionView view(Actor actor) {
		TenantId tenant = actor.tenant();
		List<RoleView> roles = actor.grants().stream().map(RoleView::of).toList();
		return new SessionView(actor.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'), actor.id(), actor.name(),
				actor.method(), (tenant != null) ? tenant.value() : null, roles);
	}

	/**
	 * An e-mail address and a password.
	 *
	 * @param email the address
	 * @param password the password
	 */
	record Credentials(@NotBlank @Size(max = 254) String email, @NotBlank @Size(max = 256) String password) {

		@Override
		public String toString() {
			return "Credentials[" + this.email + "]";
		}

	}

	/**
	 * Who is signed in.
	 *
	 * @param kind {@code user} or {@code admin-token}
	 * @param id its identifier
	 * @param name the e-mail address or the token's name
	 * @param method the way it showed who it is
	 * @param tenant the tenant it acts in, or null for all of them
	 * @param roles what it is, and where
	 */
	record SessionView(String kind, @Nullable UUID id, String name, String method, @Nullable UUID tenant,
			List<RoleView> roles) {
	}

	/**
	 * A role.
	 *
	 * @param role its name
	 * @param tenant its tenant, or null
	 * @param team its team, or null
	 */
	record RoleView(String role, @Nullable UUID tenant, @Nullable UUID team) {

		static RoleView of(Grant grant) {
			var tenant = grant.tenant();
			var team = grant.team();
			return new RoleView(grant.role().text(), (tenant != null) ? tenant.value() : null,
					(team != null) ? team.value() : null);
		}

	}

}
