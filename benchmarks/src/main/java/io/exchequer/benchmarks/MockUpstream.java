package io.exchequer.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * An upstream that speaks OpenAI's wire, and Anthropic's, with static answers, on one
 * thread, as cheaply as it can. A stream's events leave one write each: all streams in
 * turn, without a pause or with the one set by {@code POST /pause/<microseconds>}.
 * {@code GET /counts} tells what it has served. Prints its port, and ends when its
 * standard input does.
 */
final class MockUpstream {

	private static final ByteBuffer COMPLETION = Answers.completion();

	private static final List<ByteBuffer> STREAM = Answers.stream(false);

	private static final List<ByteBuffer> STREAM_WITH_USAGE = Answers.stream(true);

	private static final ByteBuffer MESSAGE = AnthropicAnswers.message();

	private static final List<ByteBuffer> MESSAGE_STREAM = AnthropicAnswers.stream();

	private static final byte[] ASKS_STREAM = "\"stream\":true".getBytes(StandardCharsets.US_ASCII);

	private static final byte[] ASKS_USAGE = "\"include_usage\":true".getBytes(StandardCharsets.US_ASCII);

	private final Selector selector;

	private final ByteBuffer reading = ByteBuffer.allocateDirect(256 * 1024);

	private final byte[] read = new byte[256 * 1024];

	/** Streams under way, in the order in which their next events are due. */
	private final ArrayDeque<Connection> streams = new ArrayDeque<>();

	private long pauseNanos;

	private long completionsServed;

	private long streamsServed;

	private long streamsBroken;

	private MockUpstream(Selector selector) {
		this.selector = selector;
	}

	static void main(String[] args) throws IOException {
		Processes.endWithStandardInput();
		MockUpstream mock = new MockUpstream(Selector.open());
		ServerSocketChannel server = ServerSocketChannel.open();
		server.bind(new InetSocketAddress("127.0.0.1", (args.length > 0) ? Integer.parseInt(args[0]) : 0), 1024);
		server.configureBlocking(false);
		server.register(mock.selector, SelectionKey.OP_ACCEPT);
		System.out.println("port=" + server.socket().getLocalPort());
		mock.serve();
	}

	private void serve() throws IOException {
		Consumer<SelectionKey> ready = this::ready;
		while (true) {
			Connection next = this.streams.peek();
			if (next == null) {
				this.selector.select(ready);
				continue;
			}
			long waitMillis = TimeUnit.NANOSECONDS.toMillis(next.dueNanos - System.nanoTime());
			if (waitMillis > 0) {
				this.selector.select(ready, waitMillis);
			}
			else {
				this.selector.selectNow(ready);
			}
			sendDueEvents();
		}
	}

	/** Sends each stream at most one event, so that they interleave. */
	private void sendDueEvents() {
		long now = System.nanoTime();
		for (int i = this.streams.size(); i > 0; i--) {
			Connection stream = this.streams.element();
			if (stream.dueNanos > now) {
				return;
			}
			this.streams.remove();
			if (stream.sendEvent()) {
				stream.dueNanos += this.pauseNanos;
				this.streams.add(stream);
			}
		}
	}

	private void ready(SelectionKey key) {
		try {
			if (key.attachment() instanceof Connection connection) {
				connection.readReady(key);
			}
			else {
				SocketChannel channel = ((ServerSocketChannel) key.channel()).accept();
				channel.configureBlocking(false);
				channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
				channel.register(this.selector, SelectionKey.OP_READ, new Connection(channel));
			}
		}
		catch (IOException ex) {
			key.cancel();
		}
	}

	/** One client's connection, without pipelining. */
	private final class Connection implements HttpFraming.Listener {

		private final SocketChannel channel;

		private final HttpFraming framing = new HttpFraming(this);

		private String head = "";

		private boolean asksStream;

		private boolean asksUsage;

		private @Nullable List<ByteBuffer> writes;

		private int nextWrite;

		private long dueNanos;

		Connection(SocketChannel channel) {
			this.channel = channel;
		}

		void readReady(SelectionKey key) throws IOException {
			ByteBuffer buffer = MockUpstream.this.reading.clear();
			int length;
			try {
				length = this.channel.read(buffer);
			}
			catch (IOException ex) {
				length = -1;
			}
			if (length < 0) {
				key.cancel();
				this.channel.close();
				return;
			}
			buffer.flip().get(MockUpstream.this.read, 0, length);
			this.framing.feed(MockUpstream.this.read, 0, length);
		}

		@Override
		public void onHead(String head) {
			this.head = head;
			this.asksStream = false;
			this.asksUsage = false;
		}

		/**
		 * Looks for what is asked. The benchmark's bodies arrive in one piece and without
		 * blanks, so a flag is never cut in two.
		 */
		@Override
		public void onBody(byte[] bytes, int from, int to) {
			this.asksStream |= Bytes.indexOf(bytes, from, to, ASKS_STREAM) >= 0;
			this.asksUsage |= this.asksStream && Bytes.indexOf(bytes, from, to, ASKS_USAGE) >= 0;
		}

		@Override
		public void onEnd() {
			if (this.head.startsWith("post /v1/chat/completions")) {
				answer(COMPLETION, this.asksUsage ? STREAM_WITH_USAGE : STREAM);
			}
			else if (this.head.startsWith("post /v1/messages")) {
				answer(MESSAGE, MESSAGE_STREAM);
			}
			else if (this.head.startsWith("get /counts")) {
				write(Answers.json("200 OK",
						"{\"completions\":%d,\"streams\":%d,\"broken\":%d}".formatted(
								MockUpstream.this.completionsServed, MockUpstream.this.streamsServed,
								MockUpstream.this.streamsBroken)));
			}
			else if (this.head.startsWith("post /pause/")) {
				MockUpstream.this.pauseNanos = TimeUnit.MICROSECONDS
					.toNanos(Long.parseLong(this.head.substring(12, this.head.indexOf(' ', 12))));
				write(Answers.json("200 OK", "{}"));
			}
			else {
				write(Answers.json("404 Not Found", "{\"error\":{\"message\":\"The mock has no such path\"}}"));
			}
		}

		private void answer(ByteBuffer whole, List<ByteBuffer> stream) {
			if (this.asksStream) {
				startStream(stream);
			}
			else {
				MockUpstream.this.completionsServed++;
				write(whole);
			}
		}

		/** Sends the head, the role and the first content at once, the rest when due. */
		private void startStream(List<ByteBuffer> stream) {
			this.writes = stream;
			this.nextWrite = 0;
			if (sendEvent() && sendEvent() && sendEvent()) {
				this.dueNanos = System.nanoTime() + MockUpstream.this.pauseNanos;
				MockUpstream.this.streams.add(this);
			}
		}

		/** Returns whether there is more to send. */
		boolean sendEvent() {
			List<ByteBuffer> all = this.writes;
			if (all == null || !write(all.get(this.nextWrite))) {
				MockUpstream.this.streamsBroken++;
				return false;
			}
			this.nextWrite++;
			if (this.nextWrite == all.size()) {
				MockUpstream.this.streamsServed++;
				this.writes = null;
				return false;
			}
			return true;
		}

		/**
		 * Writes all; an answer is smaller than the socket's buffer, so this never spins
		 * long.
		 */
		private boolean write(ByteBuffer bytes) {
			ByteBuffer left = bytes.duplicate();
			try {
				while (left.hasRemaining()) {
					this.channel.write(left);
				}
				return true;
			}
			catch (IOException ex) {
				return false;
			}
		}

	}

}
