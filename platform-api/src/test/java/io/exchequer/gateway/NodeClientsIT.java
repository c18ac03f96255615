package io.exchequer.gateway;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import io.exchequer.gateway.NodeClients.Run;
import io.exchequer.registry.DataClass;
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

	/**
	 * The files run beside each other, each with keys and a busy deployment of its own.
	 */
	@TestFactory
	Stream<DynamicNode> clients() throws IOException {
		Map<String, CompletableFuture<Run>> runs = new LinkedHashMap<>();
		for (String file : NodeClients.files()) {
			Map<String, String> variables = variables("busy-once-" + runs.size());
			runs.put(file,
					CompletableFuture.supplyAsync(() -> NodeClients.run(file, variables), Thread::startVirtualThread));
		}
		return runs.entrySet()
			.stream()
			.map((run) -> DynamicContainer.dynamicContainer(run.getKey(),
					Stream.of(run).flatMap((one) -> casesOf(one.getKey(), one.getValue().join()))));
	}

	/** Returns a test for each case of a file, and one for the file itself. */
	private static Stream<DynamicNode> casesOf(String file, Run run) {
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

	/** Says where a file finds the platform, and with what it may use it up. */
	private static Map<String, String> variables(String busyOnce) {
		platform.deployment(busyOnce, "wire", EchoUpstream.BUSY_ONCE, DataClass.CONFIDENTIAL,
				EchoUpstream.withoutRetries());
		return Map.of("EXCHEQUER_URL", "http://localhost:" + platform.port(), "EXCHEQUER_KEY", key,
				"EXCHEQUER_KEY_OVER_BUDGET", overBudget, "EXCHEQUER_KEY_ONE_A_MINUTE",
				platform.limitedKey(1, null).secret(), "EXCHEQUER_BUSY_ONCE", busyOnce);
	}

}
