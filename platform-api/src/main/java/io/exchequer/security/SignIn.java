package io.exchequer.security;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Locale;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Lets people in by e-mail address and password. */
@Component
class SignIn {

	private static final Logger logger = LoggerFactory.getLogger(SignIn.class);

	private final ActorLookup lookup;

	private final Passwords passwords;

	private final CurrentActor current;

	private final Audit audit;

	private final TransactionTemplate transaction;

	private final SignInThrottle throttle;

	private final Clock clock;

	SignIn(ActorLookup lookup, Passwords passwords, CurrentActor current, Audit audit, TransactionTemplate transaction,
			Clock clock) {
		this.lookup = lookup;
		this.passwords = passwords;
		this.current = current;
		this.audit = audit;
		this.transaction = transaction;
		this.throttle = new SignInThrottle(clock);
		this.clock = clock;
	}

	/**
	 * Checks a password. It takes as long for somebody who does not exist.
	 * @throws SignInRefusedException if it is wrong, or was tried too often
	 * @throws PasswordsBusyException if too many are being checked
	 */
	SignedIn byPassword(String email, String password, String address) {
		String account = email.toLowerCase(Locale.ROOT);
		this.throttle.begin(account, address).ifPresent((wait) -> {
			throw new SignInRefusedException(wait);
		});
		UserEntity user = user(account, password, address).orElseThrow(() -> {
			logger.info("A sign-in from {} was refused", address);
			return new SignInRefusedException(Duration.ZERO);
		});
		this.throttle.succeeded(account, address);
		SignedIn signedIn = new SignedIn(user.id, ActorLookup.credential(user), "password", this.clock.instant());
		record(actor(signedIn, address));
		return signedIn;
	}

	/** Returns the user with this password; an attempt that breaks is none. */
	private Optional<UserEntity> user(String account, String password, String address) {
		try {
			UserEntity user = this.lookup.user(account).orElse(null);
			boolean right = this.passwords.matches(password, (user != null) ? user.passwordHash : null);
			return right ? Optional.ofNullable(user) : Optional.empty();
		}
		catch (RuntimeException ex) {
			this.throttle.giveBack(account, address);
			throw ex;
		}
	}

	private void record(Actor actor) {
		if (actor.grants().isEmpty()) {
			return; // without a role there is no tenant whose audit it could be in
		}
		this.current.runAs(actor, () -> {
			this.transaction.executeWithoutResult((status) -> this.audit.record(new Audit.Change(actor.auditedIn(),
					"sign_in", "session", String.valueOf(actor.id()), actor.name(), null, null)));
			return actor;
		});
	}

	/** Returns who has just signed in. */
	Actor actor(SignedIn signedIn, String address) {
		return this.lookup.byUser(signedIn.user(), signedIn.credential(), null, signedIn.method(), address)
			.orElseThrow(() -> new SignInRefusedException(Duration.ZERO));
	}

}
