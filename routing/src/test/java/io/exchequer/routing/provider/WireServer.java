package io.exchequer.routing.provider;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

import org.jspecify.annotations.Nullable;

/**
 * A tiny HTTP server on a free port of the loopback interface. It answers each request
 * with the next script, byte for byte, so that it can break every rule.
 */
public final class WireServer implements AutoCloseable {

	private final ServerSocket socket;

	private final Queue<Script> scripts = new ConcurrentLinkedQueue<>();

	private final List<String> requests = new CopyOnWriteArrayList<>();

	private final List<Socket> connections = new CopyOnWriteArrayList<>();

	public WireServer() {
		try {
			this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Thread.ofVirtual().start(this::accept);
	}

	/** Returns its base URL, without a slash at the end. */
	public String url() {
		return "http://127.0.0.1:" + this.socket.getLocalPort();
	}

	/** Adds the answer to the next request. */
	public WireServer then(Script script) {
		this.scripts.add(script);
		return this;
	}

	/** Adds an answer with a length. */
	public WireServer thenAnswer(int status, String contentType, String body, String... headers) {
		return thenAnswer(status, contentType, body.getBytes(StandardCharsets.UTF_8), headers);
	}

	/** Adds an answer with a length. */
	public WireServer thenAnswer(int status, String contentType, byte[] bytes, String... headers) {
		return then((out, connection) -> {
			out.write(head(status, contentType, "Content-Length: " + bytes.length, headers));
			out.write(bytes);
			out.flush();
		});
	}

	/** Adds a chunked event stream, each part in a chunk and a packet of its own. */
	public WireServer thenStream(String... parts) {
		return then((out, connection) -> {
			out.write(head(200, "text/event-stream", "Transfer-Encoding: chunked"));
			for (String part : parts) {
				chunk(out, part);
			}
			out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			out.flush();
		});
	}

	/** Writes one chunk. */
	public static void chunk(OutputStream out, String part) throws IOException {
		byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
		out.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
		out.write(bytes);
		out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
		out.flush();
	}

	/** Makes a response's head. */
	public static byte[] head(int status, String contentType, String framing, String... headers) {
		StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append(" Status\r\n");
		head.append("Content-Type: ").append(contentType).append("\r\n").append(framing).append("\r\n");
		for (String header : headers) {
			head.append(header).append("\r\n");
		}
		return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
	}

	/** Returns the requests that came, each its head and body. */
	public List<String> requests() {
		return this.requests;
	}

	/** Returns how many connections were made. */
	public int connections() {
		return this.connections.size();
	}

	private void accept() {
		try {
			while (true) {
				Socket connection = this.socket.accept();
				this.connections.add(connection);
				Thread.ofVirtual().start(() -> serve(connection));
			}
		}
		catch (IOException ex) {
			// Closed.
		}
	}

	private void serve(Socket connection) {
		try (connection) {
			InputStream in = connection.getInputStream();
			OutputStream out = connection.getOutputStream();
			while (true) {
				String request = request(in);
				if (request == null) {
					return;
				}
				this.requests.add(request);
				Script script = this.scripts.poll();
				if (script == null) {
					return;
				}
				script.run(out, connection);
			}
		}
		catch (IOException ex) {
			// The other side is gone.
		}
	}

	private static @Nullable String request(InputStream in) throws IOException {
		ByteArrayOutputStream head = new ByteArrayOutputStream();
		int matched = 0;
		while (matched < 4) {
			int b = in.read();
			if (b < 0) {
				return null;
			}
			head.write(b);
			matched = (b == ((matched % 2 == 0) ? '\r' : '\n')) ? matched + 1 : (b == '\r') ? 1 : 0;
		}
		String text = head.toString(StandardCharsets.ISO_8859_1);
		int at = text.toLowerCase(Locale.ROOT).indexOf("content-length:");
		int length = (at < 0) ? 0 : Integer.parseInt(text.substring(at + 15, text.indexOf('\r', at)).strip());
		return text + new String(in.readNBytes(length), StandardCharsets.UTF_8);
	}

	@Override
	public void close() {
		try {
			this.socket.close();
			for (Socket connection : this.connections) {
				connection.close();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Answers one request. */
	@FunctionalInterface
	public interface Script {

		void run(OutputStream out, Socket connection) throws IOException;

	}

}
