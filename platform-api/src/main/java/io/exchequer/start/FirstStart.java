package io.exchequer.start;

import java.sql.Timestamp;
import java.time.Clock;
import java.util.Map;

import io.exchequer.admin.DemoWorld;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.security.Actor;
import io.exchequer.security.AdminToken;
import io.exchequer.security.AdminTokens;
import io.exchequer.security.Audit;
import io.exchequer.security.CurrentActor;
import io.exchequer.security.Grant;
import io.exchequer.security.Role;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes a new installation usable: the first administrator's token, and on the embedded
 * database the demo world. All of it is one transaction under an advisory lock, so that
 * of any number of replicas that start at once, one does it; each step is remembered, so
 * that a token that was revoked later does not come back. Nor does one whose secret the
 * settings still give.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class FirstStart implements ApplicationRunner {

	private static final Logger logger = LoggerFactory.getLogger(FirstStart.class);

	private static final String ADMINISTRATOR = "administrator";

	/** "exchequr" in ASCII: no other program's lock. */
	static final long LOCK = 0x6578636865717572L;

	private final StartSettings settings;

	private final PlatformDatabase database;

	private final AdminTokens tokens;

	private final Audit audit;

	private final DemoWorld demoWorld;

	private final CurrentActor actors;

	private final ConfigurationSource configuration;

	private final FirstStartNotice notice;

	private final JdbcClient jdbc;

	private final TransactionTemplate transaction;

	private final Clock clock;

	FirstStart(StartSettings settings, PlatformDatabase database, AdminTokens tokens, Audit audit, DemoWorld demoWorld,
			CurrentActor actors, ConfigurationSource configuration, FirstStartNotice notice, JdbcClient jdbc,
			TransactionTemplate transaction, Clock clock) {
		this.settings = settings;
		this.database = database;
		this.tokens = tokens;
		this.audit = audit;
		this.demoWorld = demoWorld;
		this.actors = actors;
		this.configuration = configuration;
		this.notice = notice;
		this.jdbc = jdbc;
		this.transaction = transaction;
		this.clock = clock;
	}

	@Override
	public void run(ApplicationArguments arguments) {
		Made made = this.actors.runAs(Actor.PLATFORM, () -> this.transaction.execute((status) -> make()));
		if (made == null) {
			throw new IllegalStateException("the first start did not end");
		}
		this.configuration.refresh();
		this.notice.show(made);
	}

	private Made make() {
		this.jdbc.sql("SELECT pg_advisory_xact_lock(?)").param(LOCK).query((row) -> {
		});
		String adminToken = administrator();
		boolean demo = mayHaveDemoWorld() && isEmpty() && first("demo_world");
		return new Made(adminToken, demo, demo ? demoWorld() : null);
	}

	/** Returns a token that was generated, or null. */
	private @Nullable String administrator() {
		String given = this.settings.adminKey();
		boolean first = first(ADMINISTRATOR);
		if (given == null) {
			return first ? generated() : null;
		}
		try {
			AdminTokens.Ensured ensured = this.tokens.ensurePlatformToken(ADMINISTRATOR, given);
			switch (ensured.outcome()) {
				case CREATED -> record("create", ensured.token());
				case CHANGED -> record("set_secret", ensured.token());
				case UNCHANGED -> {
				}
				case REVOKED -> logger.warn("EXCHEQUER_ADMIN_KEY is a token that was revoked, and is not accepted: "
						+ "set another to get an administrator's token");
			}
			return null;
		}
		catch (ValidationProblem ex) {
			throw new StartException("EXCHEQUER_ADMIN_KEY cannot be used: " + ex.getMessage(),
					"Generate one with: openssl rand -hex 32", ex);
		}
		catch (ConflictProblem ex) {
			throw new StartException("EXCHEQUER_ADMIN_KEY cannot become the administrator's token: " + ex.getMessage(),
					"Start without EXCHEQUER_ADMIN_KEY, or revoke that token first: only a platform-admin's token that does not expire is given another secret.",
					ex);
		}
	}

	private String generated() {
		AdminTokens.Issued issued = this.tokens.create(ADMINISTRATOR, new Grant(Role.PLATFORM_ADMIN, null, null), null,
				"platform");
		record("create", issued.token());
		return issued.secret();
	}

	private void record(String action, AdminToken token) {
		String after = JsonMapper.shared()
			.writeValueAsString(Map.of("name", token.name(), "role", token.grant().role().text(), "prefix",
					token.prefix(), "createdBy", token.createdBy()));
		this.audit.record(new Audit.Change(Audit.PLATFORM, action, "admin_token", token.id().toString(), token.name(),
				null, after));
	}

	private @Nullable String demoWorld() {
		try {
			return this.demoWorld.apply(this.settings.demoKey());
		}
		catch (ValidationProblem ex) {
			throw new StartException("The demo world cannot be made: " + ex.getMessage(),
					"Set EXCHEQUER_DEMO_KEY to at least 16 characters, or leave it out, or set EXCHEQUER_DEMO=false.",
					ex);
		}
	}

	private boolean mayHaveDemoWorld() {
		return this.settings.demo() && this.database.directory() != null;
	}

	private boolean isEmpty() {
		return this.jdbc.sql("SELECT NOT EXISTS (SELECT FROM tenant) AND NOT EXISTS (SELECT FROM provider)")
			.query(Boolean.class)
			.single();
	}

	/** Takes a step, and returns whether it was not taken before. */
	private boolean first(String step) {
		return this.jdbc.sql("INSERT INTO installation_step (name, done_at) VALUES (?, ?) ON CONFLICT DO NOTHING")
			.params(step, Timestamp.from(this.clock.instant()))
			.update() == 1;
	}

	/**
	 * What this start made. Its text shows no secret.
	 *
	 * @param adminToken the administrator's generated token, or null
	 * @param demo whether it made the demo world
	 * @param demoKey the demo world's generated virtual key, or null
	 */
	record Made(@Nullable String adminToken, boolean demo, @Nullable String demoKey) {

		boolean nothing() {
			return this.adminToken == null && !this.demo;
		}

		@Override
		public String toString() {
			return "Made[demo=" + this.demo + "]";
		}

	}

}
