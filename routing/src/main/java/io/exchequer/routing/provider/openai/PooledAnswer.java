package io.exchequer.routing.provider.openai;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.Locale;

import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import org.apache.hc.client5.http.io.ConnectionEndpoint;
import org.apache.hc.client5.http.io.HttpClientConnectionManager;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.jspecify.annotations.Nullable;

/**
 * A call on a pooled connection, and its answer once that has begun. Used by one thread,
 * and cut by the watchdog.
 */
final class PooledAnswer extends Watchdog.Watched implements UpstreamAnswer {

	/**
	 * How long {@link #close()} waits for the body's end, which comes right behind its
	 * last bytes: the connection can then be used again.
	 */
	private static final long END_WAIT_NANOS = 50_000_000;

	private static final int REQUEST_ID_LENGTH_MAX = 128;

	private final HttpClientConnectionManager connections;

	private final ConnectionEndpoint endpoint;

	private final Watchdog watchdog;

	private final long idleNanos;

	private @Nullable ClassicHttpResponse response;

	private InputStream body = InputStream.nullInputStream();

	private @Nullable TimeValue keepAlive;

	private boolean released;

	PooledAnswer(HttpClientConnectionManager connections, ConnectionEndpoint endpoint, Watchdog watchdog,
			long totalDeadline, long idleNanos) {
		super(totalDeadline);
		this.connections = connections;
		this.endpoint = endpoint;
		this.watchdog = watchdog;
		this.idleNanos = idleNanos;
		watchdog.watch(this);
	}

	/**
	 * The answer begins.
	 * @param keep how long the connection may be kept afterwards, or null for not at all
	 */
	void begins(ClassicHttpResponse head, @Nullable TimeValue keep) throws IOException {
		this.response = head;
		this.keepAlive = keep;
		InputStream content = (head.getEntity() != null) ? head.getEntity().getContent() : null;
		this.body = new Body((content != null) ? content : InputStream.nullInputStream());
	}

	@Override
	public int status() {
		return (this.response != null) ? this.response.getCode() : 0;
	}

	@Override
	public String contentType() {
		String type = header("Content-Type");
		return (type != null) ? type.toLowerCase(Locale.ROOT) : "";
	}

	@Override
	public @Nullable String upstreamRequestId() {
		for (String name : new String[] { "x-request-id", "apim-request-id", "request-id" }) {
			String id = header(name);
			if (id != null && !id.isEmpty()) {
				return plain(id);
			}
		}
		return null;
	}

	private static String plain(String id) {
		StringBuilder plain = new StringBuilder();
		for (int i = 0; i < Math.min(id.length(), REQUEST_ID_LENGTH_MAX); i++) {
			char c = id.charAt(i);
			plain.append((c > ' ' && c < 0x7f) ? c : '_');
		}
		return plain.toString();
	}

	/** Returns a response header's value, or null. */
	@Nullable String header(String name) {
		Header header = (this.response != null) ? this.response.getFirstHeader(name) : null;
		return (header != null) ? header.getValue() : null;
	}

	@Override
	public InputStream body() {
		return this.body;
	}

	@Override
	void cut() {
		this.endpoint.close(CloseMode.IMMEDIATE);
	}

	@Override
	public void abort() {
		cut();
		release(null);
	}

	@Override
	public void close() {
		if (this.released) {
			return;
		}
		release((this.body instanceof Body open && this.keepAlive != null && open.endsNow()) ? this.keepAlive : null);
	}

	private void release(@Nullable TimeValue keep) {
		if (!this.released) {
			this.released = true;
			this.watchdog.forget(this);
			if (keep == null || timedOut()) {
				cut();
				this.connections.release(this.endpoint, null, null);
			}
			else {
				this.connections.release(this.endpoint, null, keep);
			}
		}
	}

	/** The body, whose reads are watched. */
	private final class Body extends InputStream {

		private final InputStream in;

		private boolean ended;

		Body(InputStream in) {
			this.in = in;
		}

		@Override
		public int read() throws IOException {
			byte[] one = new byte[1];
			return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xFF;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			return read(bytes, offset, length, PooledAnswer.this.idleNanos);
		}

		private int read(byte[] bytes, int offset, int length, long waitNanos) throws IOException {
			if (PooledAnswer.this.released) {
				throw new IOException("the answer was closed");
			}
			waitAtMost(waitNanos);
			try {
				int count = this.in.read(bytes, offset, length);
				if (count < 0) {
					this.ended = true;
				}
				return count;
			}
			catch (IOException ex) {
				if (timedOut()) {
					SocketTimeoutException timeout = new SocketTimeoutException("the answer took too long");
					timeout.initCause(ex);
					throw timeout;
				}
				throw ex;
			}
			finally {
				came();
			}
		}

		boolean endsNow() {
			if (this.ended) {
				return true;
			}
			try {
				return read(new byte[1], 0, 1, END_WAIT_NANOS) < 0;
			}
			catch (IOException ex) {
				return false;
			}
		}

	}

}
