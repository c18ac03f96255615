package io.exchequer.start;

import java.io.PrintStream;

import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Tells generated secrets this once: on the standard output and not in the log, which
 * others may keep.
 */
@Component
class FirstStartNotice {

	private static final String LINE = "-".repeat(80);

	private final Environment environment;

	FirstStartNotice(Environment environment) {
		this.environment = environment;
	}

	void show(FirstStart.Made made) {
		if (!made.nothing()) {
			print(System.out, made);
		}
	}

	private void print(PrintStream out, FirstStart.Made made) {
		String address = "http://localhost:" + this.environment.getProperty("local.server.port", "8080");
		StringBuilder text = new StringBuilder(LINE).append("\nExchequer starts for the first time.\n");
		secret(text, "administrator token (shown this once): ", made.adminToken());
		secret(text, "demo virtual key    (shown this once): ", made.demoKey());
		if (made.demo()) {
			text.append("""

					The demo world answers with a simulator. A first request:
					  curl %s/v1/chat/completions \\
					    -H 'Authorization: Bearer %s' -H 'Content-Type: application/json' \\
					    -d '{"model":"auto","messages":[{"role":"user","content":"Hello"}]}'
					""".formatted(address, (made.demoKey() != null) ? made.demoKey() : "<EXCHEQUER_DEMO_KEY>"));
		}
		out.println(text.append(LINE));
		out.flush();
	}

	private static void secret(StringBuilder text, String label, @Nullable String secret) {
		if (secret != null) {
			text.append("  ").append(label).append(secret).append('\n');
		}
	}

}
