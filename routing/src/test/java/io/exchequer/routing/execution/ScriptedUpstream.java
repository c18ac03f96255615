package io.exchequer.routing.execution;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * An upstream on a raw socket that does exactly what a test says, request by request; the
 * last reply repeats.
 */
final class ScriptedUpstream implements AutoCloseable {

	private final ServerSocket server;

	private final List<Reply> replies;

	private final AtomicInteger next = new AtomicInteger();

	private final List<String> bodies = new CopyOnWriteArrayList<>();

	private final Set<Socket> open = ConcurrentHashMap.newKeySet();

	private final CountDownLatch closed = new CountDownLatch(1);

	private ScriptedUpstream(List<Reply> replies) {
		this.replies = replies;
		try {
			this.server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		Thread.ofVirtual().start(this::accept);
	}

	static ScriptedUpstream replying(Reply... replies) {
		return new ScriptedUpstream(List.of(replies));
	}

	/** What to do with one request that was read whole. */
	@FunctionalInterface
	interface Reply {

		void to(Connection connection) throws IOException, InterruptedException;

	}

	/** The upstream's end of a connection. */
	final class Connection {

		private final Socket socket;

		Connection(Socket socket) {
			this.socket = socket;
		}

		void send(String text) throws IOException {
			OutputStream out = this.socket.getOutputStream();
			out.write(text.getBytes(StandardCharsets.UTF_8));
			out.flush();
		}

		/** Breaks the connection with a reset. */
		void reset() throws IOException {
			this.socket.setSoLinger(true, 0);
			this.socket.close();
		}

		void end() throws IOException {
			this.socket.close();
		}

		/** Waits until the platform ends the connection. */
		void awaitEnd() throws IOException {
			while (this.socket.getInputStream().read() >= 0) {
				// Nothing more should come.
			}
		}

		/** Stays silent until the upstream is closed. */
		void hang() throws InterruptedException {
			ScriptedUpstream.this.closed.await();
		}

	}

	static Reply json(int status, String body, String... headers) {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\n");
		for (String header : headers) {
			head.append(header).append("\r\n");
		}
		return (connection) -> connection.send(head + "Content-Length: " + bytes.length + "\r\n\r\n" + body);
	}

	static Reply html() {
		String body = "<html>a proxy's page</html>";
		return (connection) -> connection
			.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
	}

	/** Answers with a stream of these frames, as they are, and ends the connection. */
	static Reply stream(String... frames) {
		return (connection) -> {
			begin(connection);
			for (String frame : frames) {
				connection.send(frame);
			}
			connection.end();
		};
	}

	static Reply streamThenReset(String... frames) {
		return (connection) -> {
			begin(connection);
			for (String frame : frames) {
				connection.send(frame);
			}
			connection.reset();
		};
	}

	static Reply streamThenHang(String... frames) {
		return (connection) -> {
			begin(connection);
			for (String frame : frames) {
				connection.send(frame);
			}
			connection.hang();
		};
	}

	static Reply reset() {
		return Connection::reset;
	}

	static Reply hang() {
		return Connection::hang;
	}

	private static void begin(Connection connection) throws IOException {
		connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
	}

	static String answer(String text, int input, int output) {
		return """
				{"id":"c1","object":"chat.completion","model":"up","choices":[{"index":0,"message":{"role":"assistant",\
				"content":"%s"},"finish_reason":"stop"}],"usage":{"prompt_tokens":%d,"completion_tokens":%d,\
				"total_tokens":%d}}""".formatted(text, input, output, input + output);
	}

	static String role() {
		return chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null");
	}

	static String content(String text) {
		return chunk("{\"content\":\"" + text + "\"}", "null");
	}

	static String finish() {
		return chunk("{}", "\"stop\"");
	}

	static String usage(int input, int output) {
		return """
				data: {"id":"c1","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":%d,\
				"completion_tokens":%d,"total_tokens":%d}}

				""".formatted(input, output, input + output);
	}

	static String done() {
		return "data: [DONE]\n\n";
	}

	private static String chunk(String delta, String finish) {
		return """
				data: {"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}

				""".formatted(delta, finish);
	}

	String baseUrl() {
		return "http://127.0.0.1:" + this.server.getLocalPort() + "/v1";
	}

	/** Returns the bodies of the requests that arrived, in their order. */
	List<String> bodies() {
		return this.bodies;
	}

	private void accept() {
		while (!this.server.isClosed()) {
			try {
				Socket socket = this.server.accept();
				this.open.add(socket);
				Thread.ofVirtual().start(() -> serve(socket));
			}
			catch (IOException ex) {
				return;
			}
		}
	}

	private void serve(Socket socket) {
		try (socket) {
			InputStream in = new BufferedInputStream(socket.getInputStream());
			while (true) {
				String body = read(in);
				if (body == null) {
					return;
				}
				this.bodies.add(body);
				int index = Math.min(this.next.getAndIncrement(), this.replies.size() - 1);
				this.replies.get(index).to(new Connection(socket));
			}
		}
		catch (IOException | InterruptedException ex) {
			// The test, or the client, closed the connection.
		}
		finally {
			this.open.remove(socket);
		}
	}

	private static @Nullable String read(InputStream in) throws IOException {
		StringBuilder head = new StringBuilder();
		while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
			int octet = in.read();
			if (octet < 0) {
				return null;
			}
			head.append((char) octet);
		}
		int length = 0;
		for (String line : head.toString().split("\r\n")) {
			if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
				length = Integer.parseInt(line.substring(line.indexOf(':') + 1).trim());
			}
		}
		return new String(in.readNBytes(length), StandardCharsets.UTF_8);
	}

	@Override
	public void close() {
		this.closed.countDown();
		try {
			this.server.close();
			for (Socket socket : this.open) {
				socket.close();
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
