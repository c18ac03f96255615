package io.exchequer.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;

import io.exchequer.gateway.BodyMemory.Reservation;
import io.exchequer.kernel.Money;
import io.exchequer.routing.AnswerSink;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

/**
 * Sends an answer to the client. A write blocks while the client is slow, so that nothing
 * piles up here. It can keep a copy for a repetition.
 */
final class ServletAnswerSink implements AnswerSink {

	private static final int DROPPED_LENGTH_MAX = 1024;

	private static final String EVENT_STREAM = "text/event-stream";

	private final HttpServletRequest request;

	private final HttpServletResponse response;

	private final ClientWatch clients;

	private final @Nullable Copy copy;

	private @Nullable ServletOutputStream out;

	/**
	 * Makes a sink.
	 * @param clients notices when the client goes away
	 * @param copy where to keep a copy, or null for none
	 */
	ServletAnswerSink(Exchange exchange, ClientWatch clients, @Nullable Copy copy) {
		this.request = exchange.request();
		this.response = exchange.response();
		this.clients = clients;
		this.copy = copy;
	}

	@Override
	public Watch whileAwaiting(Runnable action) {
		return this.clients.watch(this.request, action);
	}

	@Override
	public void begin(Head head) throws IOException {
		HttpServletResponse to = this.response;
		to.setStatus(head.status());
		if (head.contentType().startsWith(EVENT_STREAM)) {
			to.setContentType("text/event-stream; charset=utf-8");
			to.setHeader("Cache-Control", "no-cache");
			to.setHeader("X-Accel-Buffering", "no");
		}
		else {
			to.setContentType(head.contentType());
		}
		if (head.contentLength() >= 0) {
			to.setContentLengthLong(head.contentLength());
		}
		to.setHeader(ResponseHeaders.MODEL, head.model());
		to.setHeader(ResponseHeaders.DEPLOYMENT, head.deployment());
		to.setHeader(ResponseHeaders.ATTEMPTS, Integer.toString(head.attempts()));
		to.setHeader(ResponseHeaders.CACHE, "none");
		Integer clamped = head.clamped();
		if (clamped != null) {
			to.setHeader(ResponseHeaders.CLAMPED, clamped.toString());
		}
		Money cost = head.cost();
		if (cost != null) {
			to.setHeader(ResponseHeaders.COST, cost.toPlainString());
			to.setHeader(ResponseHeaders.CURRENCY, cost.currency().getCurrencyCode());
		}
		if (!head.dropped().isEmpty()) {
			to.setHeader(ResponseHeaders.DROPPED, dropped(head.dropped()));
		}
		if (head.warning() != null) {
			to.setHeader(ResponseHeaders.WARNING, head.warning());
		}
		this.out = to.getOutputStream();
	}

	/** Paths have names in them that the client chose: only what a header may have. */
	private static String dropped(List<String> params) {
		String all = String.join(", ", params).replaceAll("[^\\x20-\\x7e]", "?");
		return (all.length() > DROPPED_LENGTH_MAX) ? all.substring(0, DROPPED_LENGTH_MAX) + "..." : all;
	}

	@Override
	public void write(byte[] bytes, int offset, int length) throws IOException {
		if (this.out == null) {
			throw new IllegalStateException("begin comes before write");
		}
		if (this.copy != null) {
			this.copy.add(bytes, offset, length);
		}
		this.out.write(bytes, offset, length);
	}

	@Override
	public void flush() throws IOException {
		if (this.out == null) {
			throw new IllegalStateException("begin comes before flush");
		}
		this.out.flush();
	}

	@Override
	public void missed(byte[] bytes, int offset, int length) {
		if (this.copy != null) {
			this.copy.add(bytes, offset, length);
		}
	}

	/**
	 * A copy of what was sent, up to a length and within the share of memory. What does
	 * not fit is given up whole.
	 */
	static final class Copy {

		private final Reservation reservation;

		private final long limit;

		private @Nullable ByteArrayOutputStream kept = new ByteArrayOutputStream(512);

		/**
		 * Makes an empty copy.
		 * @param reservation where its memory is counted
		 * @param limit the longest copy, in bytes
		 */
		Copy(Reservation reservation, long limit) {
			this.reservation = reservation;
			this.limit = limit;
		}

		private void add(byte[] bytes, int offset, int length) {
			if (this.kept == null) {
				return;
			}
			// The stream's array may be twice as long as what is in it.
			if (this.kept.size() + length > this.limit || !this.reservation.grow(2L * length)) {
				this.kept = null;
				return;
			}
			this.kept.write(bytes, offset, length);
		}

		/** Returns everything that was sent, or null where it did not fit. */
		byte @Nullable [] bytes() {
			return (this.kept != null) ? this.kept.toByteArray() : null;
		}

	}

}
