package io.exchequer.gateway;

import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;

import io.exchequer.gateway.NodeClients.Run;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.tenancy.IssuedKey;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

/**
 * The official Node clients of {@code src/test/node} against the started platform, one
 * file for each client. A file finds the platform's address and its keys in the
 * environment; {@code platform.js} names them.
 */
class NodeClientsIT {

	private static EchoUpstream upstream;

	private static StartedPlatform platform;

	private static String key;

	private static String overBudget;

	@BeforeAll
	static void start() throws IOException {
		NodeClients.install();
		upstream = new EchoUpstream();
		platform = new StartedPlatform(upstream.baseUrl());
		platform.deployment("busy-once", "wire", EchoUpstream.BUSY_ONCE, DataClass.CONFIDENTIAL, withoutRetries());
		key = platform.key();
		IssuedKey poor = platform.limitedKey(null, null);
		platform.budget(poor, "tiny", "0.0001");
		overBudget = poor.secret();
	}

	@AfterAll
	static void stop() {
		if (platform != null) {
			platform.close();
		}
		if (upstream != null) {
			upstream.close();
		}
	}

	@TestFactory
	Stream<DynamicNode> clients() throws IOException {
		return NodeClients.files()
			.stream()
			.map((file) -> DynamicContainer.dynamicContainer(file, Stream.of(file).flatMap(NodeClientsIT::casesOf)));
	}

	/** Runs a file, and returns a test for each of its cases and one for itself. */
	private static Stream<DynamicNode> casesOf(String file) {
		Run run = NodeClients.run(file, variables());
		return Stream.concat(run.cases().stream().map((one) -> DynamicTest.dynamicTest(one.name(), () -> {
			if (one.skipped()) {
				abort(file + ": " + one.name() + " was skipped");
			}
			if (!one.passed()) {
				fail(file + ": " + one.name() + "\n" + one.failure());
			}
		})), Stream.of(DynamicTest.dynamicTest("runs to its end", () -> assertRun(file, run))));
	}

	private static void assertRun(String file, Run run) {
		assertThat(run.cases()).as(file + " runs no case:\n" + run.ended().output()).isNotEmpty();
		boolean failed = run.cases().stream().anyMatch((one) -> !one.passed() && !one.skipped());
		assertThat(run.ended().status()).as(file + " ended badly:\n" + run.ended().output()).isEqualTo(failed ? 1 : 0);
	}

	/**
	 * Says where the platform is; the rate of a key is used up by the file that tries it.
	 */
	private static Map<String, String> variables() {
		return Map.of("EXCHEQUER_URL", "http://localhost:" + platform.port(), "EXCHEQUER_KEY", key,
				"EXCHEQUER_KEY_OVER_BUDGET", overBudget, "EXCHEQUER_KEY_ONE_A_MINUTE",
				platform.limitedKey(1, null).secret());
	}

	private static DeploymentSettings withoutRetries() {
		DeploymentSettings usual = DeploymentSettings.DEFAULTS;
		return new DeploymentSettings(usual.connectTimeout(), usual.firstByteTimeout(), usual.idleTimeout(),
				usual.totalTimeout(), usual.maxConcurrent(), 0, usual.onDisconnect(), Map.of());
	}

}
