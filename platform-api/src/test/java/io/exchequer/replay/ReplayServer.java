package io.exchequer.replay;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * A server on a free port of the loopback address that answers each request with prepared
 * bytes, head and all. It leaves closing the connection to the client.
 */
public final class ReplayServer implements AutoCloseable {

	private final ServerSocket listener;

	private final Function<Request, Answer> answers;

	private final List<Request> received = new CopyOnWriteArrayList<>();

	private final Set<Socket> open = ConcurrentHashMap.newKeySet();

	private ReplayServer(Function<Request, Answer> answers) {
		this.answers = answers;
		try {
			this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Thread.ofVirtual().name("replays").start(this::accept);
	}

	/** Starts a server that answers as a function says. */
	public static ReplayServer answering(Function<Request, Answer> answers) {
		return new ReplayServer(answers);
	}

	/**
	 * Starts a server that knows a few paths, with or without a query, and answers 404 to
	 * others.
	 */
	public static ReplayServer of(Map<String, Answer> answers) {
		return new ReplayServer((request) -> answers.getOrDefault(request.path(),
				status(404, "application/json", "{\"detail\":\"Not Found\"}")));
	}

	/** Returns what a file holds, the whole answer of a real server. */
	public static Answer recorded(Path file) {
		try {
			byte[] bytes = Files.readAllBytes(file);
			return (out) -> out.write(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public static Answer json(String body) {
		return status(200, "application/json", body);
	}

	/**
	 * Answers with a head and a body; further headers are lines of {@code Name: value}.
	 */
	public static Answer status(int status, String contentType, String body, String... headers) {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status)
			.append(" Replayed\r\nContent-Type: ")
			.append(contentType)
			.append("\r\nContent-Length: ")
			.append(bytes.length)
			.append("\r\nConnection: close\r\n");
		for (String header : headers) {
			head.append(header).append("\r\n");
		}
		byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
		return (out) -> {
			out.write(start);
			out.write(bytes);
		};
	}

	/** Begins as another answer does, and then repeats a piece for ever. */
	public static Answer endless(String head, String piece) {
		byte[] start = head.getBytes(StandardCharsets.UTF_8);
		byte[] more = piece.getBytes(StandardCharsets.UTF_8);
		return (out) -> {
			out.write(start);
			while (true) {
				out.write(more);
				out.flush();
			}
		};
	}

	public int port() {
		return this.listener.getLocalPort();
	}

	/** Returns the address without a path. */
	public String origin() {
		return "http://127.0.0.1:" + port();
	}

	/** Returns the requests that came, in their order. */
	public List<Request> received() {
		return List.copyOf(this.received);
	}

	private void accept() {
		while (!this.listener.isClosed()) {
			try {
				Socket socket = this.listener.accept();
				this.open.add(socket);
				Thread.ofVirtual().name("replays-one").start(() -> answer(socket));
			}
			catch (IOException ex) {
				return; // closed
			}
		}
	}

	private void answer(Socket socket) {
		try (socket) {
			InputStream in = new BufferedInputStream(socket.getInputStream());
			OutputStream out = socket.getOutputStream();
			while (true) {
				Request request = read(in);
				this.received.add(request);
				this.answers.apply(request).writeTo(out);
				out.flush();
			}
		}
		catch (IOException ex) {
			// The client has read enough, or asks for nothing more.
		}
		finally {
			this.open.remove(socket);
		}
	}

	private static Request read(InputStream in) throws IOException {
		ByteArrayOutputStream head = new ByteArrayOutputStream();
		while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
			int next = in.read();
			if (next < 0) {
				throw new IOException("no request");
			}
			head.write(next);
		}
		String text = head.toString(StandardCharsets.ISO_8859_1);
		int length = text.lines()
			.map((line) -> line.toLowerCase(Locale.ROOT))
			.filter((line) -> line.startsWith("content-length:"))
			.map((line) -> Integer.parseInt(line.substring("content-length:".length()).strip()))
			.findFirst()
			.orElse(0);
		byte[] body = in.readNBytes(length);
		String[] first = text.substring(0, text.indexOf("\r\n")).split(" ");
		return new Request(first[0], first[1], text, new String(body, StandardCharsets.UTF_8));
	}

	@Override
	public void close() {
		try {
			this.listener.close();
			for (Socket socket : this.open) {
				socket.close();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * A request that came.
	 *
	 * @param method its method
	 * @param path its path, with its query
	 * @param head its head
	 * @param body its body
	 */
	public record Request(String method, String path, String head, String body) {
	}

	/** Writes an answer, head and all. */
	@FunctionalInterface
	public interface Answer {

		void writeTo(OutputStream out) throws IOException;

	}

}
