package io.exchequer.admin;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import io.exchequer.admin.Platform.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/** Signing in, what ends a session, and what stops those who guess. */
class SignInIT {

	private static final String PASSWORD = "correct horse battery";

	private static final ShiftedClock CLOCK = new ShiftedClock();

	private static Platform platform;

	private static JdbcClient owner;

	private static int counter;

	private String email;

	private String user;

	@BeforeAll
	static void start() {
		platform = new Platform(CLOCK);
		owner = JdbcClient.create(platform.database().owner());
		assertThat(platform.admin("POST", "/admin/v1/tenants", Map.of("name", "acme")).status()).isEqualTo(201);
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	@BeforeEach
	void makeUser() {
		this.email = "user" + ++counter + "@example.com";
		Answer made = platform.admin("POST", "/admin/v1/users", Map.of("email", this.email, "password", PASSWORD));
		assertThat(made.status()).as(made.text()).isEqualTo(201);
		this.user = made.at("/id");
		platform.admin("POST", "/admin/v1/memberships?tenant=acme", Map.of("email", this.email, "role", "auditor"));
	}

	private Answer signIn(String password, String... headers) {
		return platform.send((request) -> (headers.length > 0) ? request.headers(headers) : request, "POST",
				"/admin/v1/session", "application/json",
				"{\"email\": \"" + this.email + "\", \"password\": \"" + password + "\"}");
	}

	private String session(String... headers) {
		Answer signedIn = signIn(PASSWORD, headers);
		assertThat(signedIn.status()).as(signedIn.text()).isEqualTo(200);
		return signedIn.response()
			.headers()
			.allValues("Set-Cookie")
			.stream()
			.filter((cookie) -> cookie.startsWith("EXCHEQUER_SESSION="))
			.map((cookie) -> cookie.substring(0, cookie.indexOf(';')))
			.findFirst()
			.orElseThrow();
	}

	private static int status(String session) {
		return platform.send((request) -> request.header("Cookie", session), "GET", "/admin/v1/teams", "", null)
			.status();
	}

	private void update(String member, Object value) {
		Map<String, Object> body = new HashMap<>(Map.of("displayName", "Somebody"));
		body.put(member, value);
		assertThat(platform.admin("PUT", "/admin/v1/users/" + this.user, body).status()).isEqualTo(200);
	}

	@Test
	void givesASessionThatNobodyKnewBefore() {
		String first = session();
		String second = session("Cookie", first);
		assertThat(second).isNotEqualTo(first);
		assertThat(status(first)).as("the session from before").isEqualTo(401);
		assertThat(status(second)).isEqualTo(200);
		String planted = session("Cookie", "EXCHEQUER_SESSION=cGxhbnRlZC1ieS1zb21lYm9keS1lbHNl");
		assertThat(planted).doesNotContain("cGxhbnRlZC1ieS1zb21lYm9keS1lbHNl");
	}

	@Test
	void endsSessionsWithTheirPassword() {
		String session = session();
		update("displayName", "Another name");
		assertThat(status(session)).isEqualTo(200);
		update("password", "another horse battery");
		assertThat(status(session)).isEqualTo(401);
		assertThat(signIn(PASSWORD).status()).isEqualTo(401);
		assertThat(signIn("another horse battery").status()).isEqualTo(200);
	}

	@Test
	void endsSessionsOfWhomItDisablesAndLetsThemInNoMore() {
		String session = session();
		update("disabled", true);
		assertThat(status(session)).isEqualTo(401);
		assertThat(signIn(PASSWORD).at("/code")).isEqualTo("bad_credentials");
		update("disabled", false);
		assertThat(status(session)).as("a session that ended").isEqualTo(401);
		assertThat(signIn(PASSWORD).status()).isEqualTo(200);
	}

	@Test
	void endsSessionsAtTheEndOfTheirLifeHoweverBusy() {
		String session = session();
		CLOCK.shift = CLOCK.shift.plus(Duration.ofHours(12)).minusMinutes(1);
		assertThat(status(session)).isEqualTo(200);
		CLOCK.shift = CLOCK.shift.plusMinutes(1);
		assertThat(status(session)).isEqualTo(401);
	}

	@Test
	void endsSessionsThatNobodyUses() {
		String session = session();
		unusedFor(session, Duration.ofMinutes(29));
		assertThat(status(session)).isEqualTo(200);
		unusedFor(session, Duration.ofMinutes(30));
		assertThat(status(session)).isEqualTo(401);
	}

	/** Has the session's last use so long ago; what it is compared with is no bean. */
	private static void unusedFor(String session, Duration time) {
		int changed = owner.sql("UPDATE spring_session SET last_access_time = ? WHERE session_id = ?")
			.params(System.currentTimeMillis() - time.toMillis(),
					new String(Base64.getDecoder().decode(session.substring(session.indexOf('=') + 1)),
							StandardCharsets.US_ASCII))
			.update();
		assertThat(changed).isOne();
	}

	@Test
	void stopsGuessingAfterFiveAttemptsForAQuarterOfAnHour() {
		for (int i = 0; i < 5; i++) {
			assertThat(signIn("wrong horse battery").at("/code")).isEqualTo("bad_credentials");
		}
		Answer refused = signIn(PASSWORD);
		assertThat(refused.status()).isEqualTo(429);
		assertThat(refused.at("/code")).isEqualTo("too_many_attempts");
		long seconds = Long.parseLong(refused.response().headers().firstValue("Retry-After").orElseThrow());
		assertThat(seconds).isBetween(1L, 901L);
		CLOCK.shift = CLOCK.shift.plusSeconds(seconds);
		assertThat(signIn(PASSWORD).status()).isEqualTo(200);
	}

	@Test
	void letsNobodyGuessMoreOftenByGuessingAtOnce() throws Exception {
		// Whatever others here failed at from this address is over.
		CLOCK.shift = CLOCK.shift.plusMinutes(16);
		try (ExecutorService guessers = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Future<Answer>> guesses = IntStream.range(0, 40)
				.mapToObj((i) -> guessers.submit(() -> signIn("wrong horse battery")))
				.toList();
			int compared = 0;
			for (Future<Answer> guess : guesses) {
				assertThat(guess.get().status()).isIn(401, 429);
				compared += (guess.get().status() == 401) ? 1 : 0;
			}
			assertThat(compared).isEqualTo(5);
		}
	}

	@Test
	void believesNobodyWhereTheyComeFrom() {
		Answer signedIn = signIn(PASSWORD, "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "https", "Forwarded",
				"for=203.0.113.9;proto=https");
		assertThat(signedIn.status()).isEqualTo(200);
		assertThat(signedIn.response().headers().allValues("Set-Cookie"))
			.noneMatch((cookie) -> cookie.contains("Secure"));
		assertThat(platform.get("/admin/v1/audit?tenant=acme&resource=session&limit=1").at("/items/0/actor/address"))
			.isIn("127.0.0.1", "0:0:0:0:0:0:0:1");
	}

	@Test
	void takesNoAddressThatIsNone() {
		for (String body : List.of("{\"email\": \"\\u0000@b\", \"password\": \"x\"}",
				"{\"email\": \"a@b\", \"password\": \"\\u0000\"}", "{\"email\": \"\\ud800@b\", \"password\": \"x\"}")) {
			Answer answer = platform.send("POST", "/admin/v1/session", null, body);
			assertThat(answer.status()).as(body).isEqualTo(422);
		}
	}

	/** The system's time and more. */
	private static final class ShiftedClock extends Clock {

		private volatile Duration shift = Duration.ZERO;

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return Clock.offset(Clock.system(zone), this.shift);
		}

		@Override
		public Instant instant() {
			return Clock.systemUTC().instant().plus(this.shift);
		}

	}

}
