package io.exchequer.gateway;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * An upstream that records what it gets and answers with prepared bytes.
 */
final class RecordingUpstream implements AutoCloseable {

	final BlockingQueue<Received> received = new LinkedBlockingQueue<>();

	private final BlockingQueue<Prepared> prepared = new LinkedBlockingQueue<>();

	private final HttpServer server;

	private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

	RecordingUpstream() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.threads);
		this.server.createContext("/", this::answer);
		this.server.start();
	}

	String baseUrl() {
		return "http://localhost:" + this.server.getAddress().getPort() + "/v1";
	}

	/** Prepares the next answer; its parts are flushed one by one. */
	void prepare(int status, String contentType, byte[]... parts) {
		this.prepared.add(new Prepared(status, contentType, List.of(parts)));
	}

	/** Drops the answers that were prepared and not asked for. */
	void forget() {
		this.prepared.clear();
	}

	private void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			byte[] body = exchange.getRequestBody().readAllBytes();
			this.received.add(new Received(exchange.getRequestURI().getPath(), exchange.getRequestHeaders(), body));
			Prepared answer = this.prepared.remove();
			exchange.getResponseHeaders().set("Content-Type", answer.contentType());
			exchange.getResponseHeaders().set("x-request-id", "req_upstream_1");
			exchange.sendResponseHeaders(answer.status(), 0);
			OutputStream out = exchange.getResponseBody();
			for (byte[] part : answer.parts()) {
				out.write(part);
				out.flush();
			}
		}
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.threads.close();
	}

	/**
	 * A request that came.
	 *
	 * @param path its path
	 * @param headers its headers
	 * @param body its bytes
	 */
	record Received(String path, Headers headers, byte[] body) {
	}

	private record Prepared(int status, String contentType, List<byte[]> parts) {
	}

}
