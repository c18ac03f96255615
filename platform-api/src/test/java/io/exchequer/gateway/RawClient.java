package io.exchequer.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Speaks HTTP/1.1 byte by byte, as no HTTP client would.
 */
final class RawClient implements AutoCloseable {

	private final Socket socket;

	private final OutputStream out;

	private final InputStream in;

	RawClient(int port) throws IOException {
		this.socket = new Socket("localhost", port);
		this.socket.setSoTimeout((int) Duration.ofSeconds(20).toMillis());
		this.socket.setTcpNoDelay(true);
		this.out = this.socket.getOutputStream();
		this.in = this.socket.getInputStream();
	}

	/** Sends a POST's head with the test key. */
	RawClient head(String path, String... headers) throws IOException {
		StringBuilder head = new StringBuilder("POST ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
		head.append("Authorization: Bearer ").append(TestWorld.KEY).append("\r\n");
		head.append("Content-Type: application/json\r\n");
		for (String header : headers) {
			head.append(header).append("\r\n");
		}
		return send(head.append("\r\n").toString());
	}

	RawClient send(String text) throws IOException {
		this.out.write(text.getBytes(StandardCharsets.UTF_8));
		this.out.flush();
		return this;
	}

	/** Says that nothing more will be sent, and goes on reading. */
	RawClient finishSending() throws IOException {
		this.socket.shutdownOutput();
		return this;
	}

	/** Reads until a text was read, and returns everything up to it. */
	String readUntil(String text) throws IOException {
		StringBuilder read = new StringBuilder();
		while (read.indexOf(text) < 0) {
			int next = this.in.read();
			if (next < 0) {
				throw new IOException("the connection ended after: " + read);
			}
			read.append((char) next);
		}
		return read.toString();
	}

	/** Reads until the server closes the connection. */
	String readAll() throws IOException {
		return new String(this.in.readAllBytes(), StandardCharsets.UTF_8);
	}

	/** Breaks the connection off with a reset. */
	void reset() throws IOException {
		this.socket.setSoLinger(true, 0);
		this.socket.close();
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
