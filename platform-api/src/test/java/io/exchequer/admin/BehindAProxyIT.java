package io.exchequer.admin;

import java.time.Clock;
import java.util.List;
import java.util.Map;

import io.exchequer.admin.Platform.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The platform as the operations manual sets it up behind a proxy on the same host. */
class BehindAProxyIT {

	private static final String PASSWORD = "correct horse battery";

	private static Platform platform;

	@BeforeAll
	static void start() {
		platform = new Platform(Clock.systemUTC(), "server.forward-headers-strategy=native",
				"server.tomcat.remoteip.internal-proxies=127\\.0\\.0\\.1|0:0:0:0:0:0:0:1",
				"exchequer.security.metrics-open-to-loopback=false");
		platform.admin("POST", "/admin/v1/users",
				Map.of("email", "ann@example.com", "password", PASSWORD, "platformRole", "platform-admin"));
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	private static Answer signIn(String password, String address) {
		return platform.send(
				(request) -> request.header("X-Forwarded-For", address).header("X-Forwarded-Proto", "https"), "POST",
				"/admin/v1/session", "application/json",
				"{\"email\": \"ann@example.com\", \"password\": \"" + password + "\"}");
	}

	@Test
	void marksItsCookiesSecureAndRemembersTheClientsAddress() {
		Answer signedIn = signIn(PASSWORD, "203.0.113.9");
		assertThat(signedIn.status()).as(signedIn.text()).isEqualTo(200);
		assertThat(signedIn.response().headers().allValues("Set-Cookie"))
			.anyMatch((cookie) -> cookie.startsWith("EXCHEQUER_SESSION=") && cookie.contains("Secure"));
		assertThat(platform.get("/admin/v1/audit?resource=session&limit=1").at("/items/0/actor/address"))
			.isEqualTo("203.0.113.9");
	}

	@Test
	void slowsTheAddressThatGuessesAndNotTheProxy() {
		for (int i = 0; i < 5; i++) {
			assertThat(signIn("wrong horse battery", "203.0.113.10").status()).isEqualTo(401);
		}
		assertThat(signIn(PASSWORD, "203.0.113.10").status()).isEqualTo(429);
		assertThat(signIn(PASSWORD, "198.51.100.7, 203.0.113.10").status()).as("a claim before the proxy's")
			.isEqualTo(429);
		assertThat(signIn(PASSWORD, "203.0.113.11").status()).isEqualTo(200);
	}

	@Test
	void keepsMetricsFromAProxyThatDoesNotSayForWhomItAsks() {
		assertThat(platform.send("GET", "/actuator/prometheus", null, null).status()).isEqualTo(401);
		assertThat(platform.get("/actuator/prometheus").status()).isEqualTo(200);
		for (String address : List.of("203.0.113.9", "127.0.0.1")) {
			Answer answer = platform.send((request) -> request.header("X-Forwarded-For", address), "GET",
					"/actuator/prometheus", "", null);
			assertThat(answer.status()).as(address).isEqualTo(401);
		}
	}

}
