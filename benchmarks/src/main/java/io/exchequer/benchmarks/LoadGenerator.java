package io.exchequer.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A closed loop of N connections on one thread: each sends its next request as soon as
 * the last was answered in full. It obeys lines on its standard input and answers each
 * with one line:
 * <ul>
 * <li>{@code start <port> <connections> <plain|stream> <model> <key>}: opens the
 * connections, after closing those before</li>
 * <li>{@code mark}: forgets what was measured</li>
 * <li>{@code report}: tells what was measured since the mark</li>
 * <li>{@code stop}: closes the connections</li>
 * </ul>
 */
final class LoadGenerator {

	private final Selector selector;

	private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();

	private final ByteBuffer reading = ByteBuffer.allocateDirect(256 * 1024);

	private final byte[] read = new byte[256 * 1024];

	private List<LoadConnection> connections = List.of();

	private Measured measured = new Measured();

	private LoadGenerator(Selector selector) {
		this.selector = selector;
	}

	static void main(String[] args) throws IOException {
		LoadGenerator generator = new LoadGenerator(Selector.open());
		Thread.ofPlatform().daemon().start(generator::obey);
		generator.run();
	}

	private void run() throws IOException {
		Consumer<SelectionKey> ready = this::ready;
		while (true) {
			this.selector.select(ready);
			for (Runnable order = this.orders.poll(); order != null; order = this.orders.poll()) {
				order.run();
			}
		}
	}

	private void ready(SelectionKey key) {
		if (key.isValid() && key.attachment() instanceof LoadConnection connection) {
			connection.readReady(this.reading, this.read);
		}
	}

	private void obey() {
		try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
			for (String line = lines.readLine(); line != null; line = lines.readLine()) {
				String[] words = line.strip().split(" ");
				System.out.println(onLoop(() -> answer(words)));
			}
		}
		catch (IOException ex) {
			System.err.println("The load generator stops: " + ex);
		}
		Runtime.getRuntime().halt(0);
	}

	private String onLoop(Supplier<String> order) {
		CompletableFuture<String> answer = new CompletableFuture<>();
		this.orders.add(() -> answer.complete(order.get()));
		this.selector.wakeup();
		return answer.join();
	}

	private String answer(String[] words) {
		return switch (words[0]) {
			case "start" -> start(Integer.parseInt(words[1]), Integer.parseInt(words[2]), words[3].equals("stream"),
					words[4], words[5]);
			case "mark" -> {
				this.measured = new Measured();
				yield "ok";
			}
			case "report" -> this.measured.report();
			case "stop" -> start(0, 0, false, "", "");
			default -> "unknown order " + words[0];
		};
	}

	private String start(int port, int count, boolean stream, String model, String key) {
		this.connections.forEach(LoadConnection::close);
		this.measured = new Measured();
		ByteBuffer request = LoadRequest.bytes(port, stream, model, key);
		List<LoadConnection> opened = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			LoadConnection connection = new LoadConnection(this.selector, port, request, stream, () -> this.measured);
			connection.open();
			opened.add(connection);
		}
		this.connections = opened;
		return "ok";
	}

}
