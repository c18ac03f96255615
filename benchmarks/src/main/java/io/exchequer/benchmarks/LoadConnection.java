package io.exchequer.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/** One connection of the closed loop. */
final class LoadConnection implements HttpFraming.Listener {

	/** The first event of a stream is the role; the second is the first token. */
	private static final int FIRST_TOKEN_EVENT = 2;

	private static final int ERROR_CHARS_MAX = 400;

	private final Selector selector;

	private final InetSocketAddress address;

	private final ByteBuffer request;

	private final boolean stream;

	private final Supplier<Measured> measured;

	private HttpFraming framing = new HttpFraming(this);

	private @Nullable SocketChannel channel;

	private boolean closing;

	private long sentNanos;

	private long firstTokenNanos;

	private int events;

	private byte lastByte;

	private boolean failed;

	private final StringBuilder error = new StringBuilder();

	LoadConnection(Selector selector, int port, ByteBuffer request, boolean stream, Supplier<Measured> measured) {
		this.selector = selector;
		this.address = new InetSocketAddress("127.0.0.1", port);
		this.request = request;
		this.stream = stream;
		this.measured = measured;
	}

	/** Connects and sends the first request. */
	void open() {
		try {
			this.framing = new HttpFraming(this);
			SocketChannel opened = SocketChannel.open(this.address);
			opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
			opened.configureBlocking(false);
			opened.register(this.selector, SelectionKey.OP_READ, this);
			this.channel = opened;
			send(opened);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Nothing accepts connections at " + this.address, ex);
		}
	}

	void close() {
		this.closing = true;
		disconnect();
	}

	private void disconnect() {
		try {
			if (this.channel != null) {
				this.channel.close();
			}
		}
		catch (IOException ex) {
			System.err.println("A connection did not close: " + ex);
		}
	}

	private void send(SocketChannel to) throws IOException {
		this.events = 0;
		this.lastByte = 0;
		this.firstTokenNanos = 0;
		this.sentNanos = System.nanoTime();
		ByteBuffer left = this.request.duplicate();
		while (left.hasRemaining()) {
			to.write(left);
		}
	}

	/** Reads what is there; connects again where the other side has closed. */
	void readReady(ByteBuffer buffer, byte[] bytes) {
		SocketChannel from = this.channel;
		if (this.closing || from == null) {
			return;
		}
		int length;
		try {
			length = from.read(buffer.clear());
		}
		catch (IOException ex) {
			length = -1;
		}
		if (length < 0) {
			this.measured.get().reconnected();
			disconnect();
			open();
			return;
		}
		buffer.flip().get(bytes, 0, length);
		this.framing.feed(bytes, 0, length);
	}

	@Override
	public void onHead(String head) {
		this.failed = !head.startsWith("http/1.1 200");
		if (this.failed) {
			this.error.setLength(0);
			this.error.append(head, 0, head.indexOf('\r')).append(' ');
		}
	}

	@Override
	public void onBody(byte[] bytes, int from, int to) {
		if (this.failed) {
			if (this.error.length() < ERROR_CHARS_MAX) {
				this.error.append(new String(bytes, from, to - from, StandardCharsets.UTF_8));
			}
		}
		else if (this.stream) {
			countEvents(bytes, from, to);
		}
	}

	/** Counts blank lines: each ends an event. */
	private void countEvents(byte[] bytes, int from, int to) {
		byte last = this.lastByte;
		int count = this.events;
		for (int at = from; at < to; at++) {
			byte next = bytes[at];
			if (next == '\n' && last == '\n') {
				count++;
			}
			last = next;
		}
		this.lastByte = last;
		this.events = count;
		if (this.firstTokenNanos == 0 && count >= FIRST_TOKEN_EVENT) {
			this.firstTokenNanos = System.nanoTime();
		}
	}

	@Override
	public void onEnd() {
		long now = System.nanoTime();
		Measured into = this.measured.get();
		if (this.failed) {
			into.failed(this.error.toString());
		}
		else if (this.stream && this.events != Answers.STREAM_EVENTS) {
			into.failed("a stream of " + this.events + " events instead of " + Answers.STREAM_EVENTS);
		}
		else {
			into.answered(now - this.sentNanos, this.stream ? this.firstTokenNanos - this.sentNanos : 0);
		}
		try {
			if (this.channel != null && !this.closing) {
				send(this.channel);
			}
		}
		catch (IOException ex) {
			into.reconnected();
			disconnect();
			open();
		}
	}

}
