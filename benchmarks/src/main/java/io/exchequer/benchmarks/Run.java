package io.exchequer.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import io.exchequer.benchmarks.Cell.Load;
import io.exchequer.benchmarks.Cell.Way;

/**
 * Measures every cell: the load straight to the mock upstream, through nginx and through
 * the platform, passed on and translated, one after the other, so that all see the same
 * machine.
 */
final class Run {

	/** How long a cell is loaded before it is measured. */
	private static final int SETTLE_SECONDS = 2;

	private final Options options;

	private final Processes processes;

	private final Control control = new Control();

	private final int mockPort;

	private final Process mock;

	private final int nginxPort;

	private final @Nullable Process nginx;

	private final @Nullable Platform platform;

	private final Process generator;

	private final BufferedReader answers;

	private final PrintWriter orders;

	private Run(Options options, Processes processes) throws IOException, InterruptedException {
		this.options = options;
		this.processes = processes;
		this.mock = processes.piped("mock", java(MockUpstream.class));
		String told = this.mock.inputReader(StandardCharsets.US_ASCII).readLine();
		if (told == null) {
			throw new IllegalStateException("The mock upstream did not start; see " + processes.log("mock"));
		}
		this.mockPort = Integer.parseInt(told.substring("port=".length()));
		this.nginxPort = Nginx.freePort();
		this.nginx = options.ways().contains(Way.NGINX)
				? Nginx.start(processes, options.work(), this.nginxPort, this.mockPort) : null;
		boolean platformWanted = options.ways().stream().anyMatch(Way::platform);
		this.platform = platformWanted ? Platform.start(processes, options, this.mockPort) : null;
		this.generator = processes.piped("generator", java(LoadGenerator.class));
		this.answers = this.generator.inputReader(StandardCharsets.UTF_8);
		this.orders = new PrintWriter(this.generator.outputWriter(StandardCharsets.US_ASCII), true);
	}

	static void main(String[] args) throws Exception {
		Options options = Options.parse(args);
		try (Processes processes = new Processes(options.work())) {
			Results results = new Run(options, processes).measure();
			new Report(results).write(options.results());
		}
	}

	private List<String> java(Class<?> main) {
		return List.of(this.options.java(), "-XX:+UseSerialGC", "-Xmx256m", "-XX:TieredStopAtLevel=4", "-cp",
				System.getProperty("java.class.path"), main.getName());
	}

	private Results measure() throws IOException, InterruptedException {
		List<Cell> cells = new ArrayList<>();
		for (Load load : this.options.loads()) {
			this.control.post("http://127.0.0.1:" + this.mockPort + "/pause/" + load.pauseMicros(), "text/plain", "",
					"");
			warmUp(load);
			for (int connections : this.options.connections()) {
				for (Way way : this.options.ways()) {
					cells.add(measure(load, connections, way));
					System.out.println(Report.line(cells.getLast()));
				}
			}
		}
		BillingShare share = (this.options.profile() && this.platform != null) ? profile(this.platform) : null;
		Double admissions = null;
		if (this.platform != null) {
			this.platform.stop();
			admissions = this.options.hotTenant()
					? HotTenantRun.measure(this.options, this.processes, this.platform.key()) : null;
		}
		return new Results(this.options, List.copyOf(cells), share, admissions);
	}

	/** Loads every way until its code is compiled: most of the time the platform. */
	private void warmUp(Load load) throws IOException, InterruptedException {
		for (Way way : this.options.ways()) {
			int seconds = way.platform() ? this.options.warmUpSeconds() : Math.min(5, this.options.warmUpSeconds());
			start(load, 16, way);
			TimeUnit.SECONDS.sleep(seconds);
			System.out.printf("warmed up %s, %s: %.0f requests/s%n", load.title(), way, report().perSecond());
		}
	}

	private Cell measure(Load load, int connections, Way way) throws IOException, InterruptedException {
		start(load, connections, way);
		TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
		Process proxy = proxy(way);
		order("mark");
		long proxyBefore = cpuOfProxy(way);
		long databaseBefore = cpuOfDatabase(way);
		long ownBefore = cpuOfAll();
		long machineBefore = ProcFs.machineBusyMicros();
		long resident = 0;
		for (int i = 0; i < this.options.seconds() * 4; i++) {
			TimeUnit.MILLISECONDS.sleep(250);
			resident = Math.max(resident, (proxy == null) ? 0 : ProcFs.residentKib(proxy.pid()));
		}
		LoadReport seen = report();
		long proxyMicros = cpuOfProxy(way) - proxyBefore;
		long databaseMicros = cpuOfDatabase(way) - databaseBefore;
		long own = cpuOfAll() - ownBefore;
		long machine = ProcFs.machineBusyMicros() - machineBefore;
		order("stop");
		double others = Math.max(0, (machine - own) / (double) Math.max(1, machine));
		return new Cell(load, connections, way, seen, proxyMicros, databaseMicros, resident, others);
	}

	/** Loads the platform while its CPU time is sampled. */
	private BillingShare profile(Platform platform) throws IOException, InterruptedException {
		this.control.post("http://127.0.0.1:" + this.mockPort + "/pause/0", "text/plain", "", "");
		start(Load.PLAIN, 16, Way.PLATFORM);
		TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
		BillingShare share = BillingShare.sample(platform.process().pid(), this.options);
		order("stop");
		return share;
	}

	private void start(Load load, int connections, Way way) throws IOException {
		int port = switch (way) {
			case STRAIGHT -> this.mockPort;
			case NGINX -> this.nginxPort;
			case PLATFORM, TRANSLATED -> (this.platform != null) ? this.platform.port() : 0;
		};
		String key = (this.platform != null) ? this.platform.key() : "none";
		order("start %d %d %s %s %s".formatted(port, connections, load.streamed() ? "stream" : "plain",
				(way == Way.TRANSLATED) ? Platform.TRANSLATED_MODEL : Platform.MODEL, key));
	}

	private LoadReport report() throws IOException {
		return LoadReport.parse(order("report"));
	}

	private String order(String line) throws IOException {
		this.orders.println(line);
		String answer = this.answers.readLine();
		if (answer == null) {
			throw new IllegalStateException("The load generator has ended; see " + this.processes.log("generator"));
		}
		return answer;
	}

	private @Nullable Process proxy(Way way) {
		return switch (way) {
			case STRAIGHT -> null;
			case NGINX -> this.nginx;
			case PLATFORM, TRANSLATED -> (this.platform != null) ? this.platform.process() : null;
		};
	}

	private long cpuOfProxy(Way way) {
		Process proxy = proxy(way);
		if (proxy == null) {
			return 0;
		}
		return (way == Way.NGINX) ? ProcFs.cpuMicrosOfTree(proxy.pid()) : ProcFs.cpuMicros(proxy.pid());
	}

	private long cpuOfDatabase(Way way) {
		return (way.platform() && this.platform != null) ? ProcFs.cpuMicrosOfTree(this.platform.databasePid()) : 0;
	}

	private long cpuOfAll() {
		return ProcFs.cpuMicros(ProcessHandle.current().pid()) + ProcFs.cpuMicros(this.mock.pid())
				+ ProcFs.cpuMicros(this.generator.pid()) + cpuOfProxy(Way.NGINX) + cpuOfProxy(Way.PLATFORM)
				+ cpuOfDatabase(Way.PLATFORM);
	}

}
