package io.exchequer.gateway;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

import io.exchequer.gateway.BodyMemory.Reservation;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Reads request bodies whole, within the limit for one and the share for all. A
 * compressed one is read first and decompressed then, within the same limit and share.
 */
final class BodyReader {

	private static final int FIRST_CHUNK = 8 * 1024;

	/** What a declared length gets before any of it is here. */
	private static final int FIRST_DECLARED = 16 * 1024;

	/** What decompressing takes beside both bodies: zlib's window, tables and buffers. */
	private static final long INFLATER_MEMORY = 48 * 1024;

	private static final String CONTENT_ENCODING = "Content-Encoding";

	private final GatewaySettings settings;

	private final long limit;

	private final long timeoutNanos;

	BodyReader(GatewaySettings settings) {
		this.settings = settings;
		this.limit = settings.maxBody().toBytes();
		this.timeoutNanos = settings.bodyTimeout().toNanos();
	}

	/**
	 * Returns the bytes of memory that the longest body takes at most while it is read:
	 * sent compressed though it cannot be made shorter, and beside it the array that
	 * grows and the one it grows into. What the answer then begins with is less than what
	 * is given back.
	 * @param limit the longest body's length in bytes, at least 1
	 */
	static long memoryNeeded(long limit) {
		long outgrown = 0;
		for (long next = FIRST_CHUNK; next < limit; next *= 2) {
			outgrown = next;
		}
		return limit + INFLATER_MEMORY + outgrown + limit;
	}

	/**
	 * Reads a request's body.
	 * @param reservation where its memory is counted; the caller closes it when the bytes
	 * are no longer used
	 * @return the body, decompressed
	 * @throws Rejection if it is not JSON by its header, compressed in a way that is not
	 * known or not as it says, too long, too slow, broken off, or does not fit in the
	 * share
	 */
	Body read(HttpServletRequest request, Reservation reservation) throws Rejection {
		requireJson(request.getContentType());
		Coding coding = coding(request);
		long declared = request.getContentLengthLong();
		if (declared > this.limit) {
			throw tooLarge();
		}
		long deadline = System.nanoTime() + this.timeoutNanos;
		Body sent;
		try {
			sent = (declared >= 0) ? readDeclared(request.getInputStream(), (int) declared, reservation, deadline)
					: readToItsEnd(request.getInputStream(), reservation, deadline);
		}
		catch (IOException ex) {
			// A client that shut down only its sending side still reads the answer.
			throw timedOut(ex) ? tooSlow() : incomplete();
		}
		return (coding == Coding.NONE) ? sent : decompressed(sent, coding, reservation, deadline);
	}

	/**
	 * Decompresses a body. Of one that expands without end, no more is made than the
	 * limit allows.
	 */
	private Body decompressed(Body sent, Coding coding, Reservation reservation, long deadline) throws Rejection {
		reserve(reservation, INFLATER_MEMORY);
		try (InputStream in = coding.open(new ByteArrayInputStream(sent.bytes(), 0, sent.length()))) {
			Body body = readToItsEnd(in, reservation, deadline);
			reservation.shrink(INFLATER_MEMORY + sent.bytes().length);
			return body;
		}
		catch (IOException ex) {
			throw Rejection.of(400, "undecodable_body",
					"The body is not what its Content-Encoding says, or is broken: it cannot be decompressed.");
		}
	}

	/**
	 * Memory is taken as bytes arrive: a length that is only declared keeps nobody else
	 * out.
	 */
	private Body readDeclared(InputStream in, int length, Reservation reservation, long deadline)
			throws IOException, Rejection {
		int first = Math.min(FIRST_DECLARED, length);
		reserve(reservation, first);
		byte[] body = new byte[first];
		int filled = 0;
		while (filled < length) {
			if (filled == body.length) {
				body = grown(body, length, reservation);
			}
			int count = in.read(body, filled, body.length - filled);
			if (count < 0) {
				throw new EOFException("the body ended after " + filled + " of " + length + " bytes");
			}
			filled += count;
			if (filled < length) {
				requireInTime(deadline);
			}
		}
		return new Body(body, length);
	}

	private Body readToItsEnd(InputStream in, Reservation reservation, long deadline) throws IOException, Rejection {
		int first = (int) Math.min(FIRST_CHUNK, this.limit);
		reserve(reservation, first);
		byte[] body = new byte[first];
		int filled = 0;
		while (true) {
			int count = in.read(body, filled, body.length - filled);
			if (count < 0) {
				return new Body(body, filled);
			}
			filled += count;
			requireInTime(deadline);
			if (filled == this.limit) {
				if (in.read() >= 0) {
					throw tooLarge();
				}
				return new Body(body, filled);
			}
			if (filled == body.length) {
				body = grown(body, this.limit, reservation);
			}
		}
	}

	/** Both arrays live while one is copied into the other, so both are counted. */
	private byte[] grown(byte[] body, long most, Reservation reservation) throws Rejection {
		int next = (int) Math.min(2L * body.length, most);
		reserve(reservation, next);
		byte[] larger = Arrays.copyOf(body, next);
		reservation.shrink(body.length);
		return larger;
	}

	private void reserve(Reservation reservation, long bytes) throws Rejection {
		if (!reservation.grow(bytes)) {
			throw new Rejection(Errors.overloaded(
					"Too many request bodies are in flight together. Try again shortly, or send a shorter one.",
					this.settings.retryAfter()));
		}
	}

	private void requireInTime(long deadline) throws Rejection {
		if (System.nanoTime() - deadline > 0) {
			throw tooSlow();
		}
	}

	private Rejection tooLarge() {
		return Rejection.of(413, "request_too_large",
				"The request's body is longer than the " + this.limit + " bytes that are accepted.");
	}

	private Rejection tooSlow() {
		Duration timeout = this.settings.bodyTimeout();
		return Rejection.of(408, "request_timeout", "The request's body did not arrive in time (at most "
				+ timeout.toSeconds() + " s, without long gaps).");
	}

	private static boolean timedOut(IOException ex) {
		return ex instanceof SocketTimeoutException || ex.getCause() instanceof SocketTimeoutException;
	}

	private static Rejection incomplete() {
		return Rejection.of(400, "incomplete_body", "The request's body broke off, or its framing is broken.");
	}

	private static void requireJson(@Nullable String contentType) throws Rejection {
		if (contentType == null) {
			throw notJson();
		}
		if (contentType.equals("application/json")) {
			return;
		}
		String lower = contentType.toLowerCase(Locale.ROOT);
		int semicolon = lower.indexOf(';');
		String type = (semicolon < 0) ? lower : lower.substring(0, semicolon);
		if (!type.strip().equals("application/json")) {
			throw notJson();
		}
		int charset = lower.indexOf("charset=");
		if (charset >= 0
				&& !lower.substring(charset + "charset=".length()).strip().replace("\"", "").matches("utf-?8.*")) {
			throw Rejection.of(415, "unsupported_charset", "The body must be UTF-8.");
		}
	}

	private static Rejection notJson() {
		return Rejection.of(415, "unsupported_media_type",
				"Send the body as JSON, with the header Content-Type: application/json.");
	}

	private static Coding coding(HttpServletRequest request) throws Rejection {
		if (request.getHeader(CONTENT_ENCODING) == null) {
			return Coding.NONE;
		}
		String named = String.join(",", Collections.list(request.getHeaders(CONTENT_ENCODING)));
		return switch (named.strip().toLowerCase(Locale.ROOT)) {
			case "identity" -> Coding.NONE;
			case "gzip", "x-gzip" -> Coding.GZIP;
			case "deflate" -> Coding.DEFLATE;
			default -> throw Rejection.of(415, "unsupported_content_encoding",
					"Send the body with Content-Encoding gzip or deflate, once, or uncompressed.");
		};
	}

	/** How a body may be compressed. */
	private enum Coding {

		NONE {

			@Override
			InputStream open(InputStream sent) {
				return sent;
			}

		},
		GZIP {

			@Override
			InputStream open(InputStream sent) throws IOException {
				return new GZIPInputStream(sent, FIRST_CHUNK);
			}

		},
		/** Deflated data in zlib's format, as HTTP means it. */
		DEFLATE {

			@Override
			InputStream open(InputStream sent) {
				return new InflaterInputStream(sent);
			}

		};

		/** Opens what was sent, to be read decompressed. */
		abstract InputStream open(InputStream sent) throws IOException;

	}

	/**
	 * A body that was read.
	 *
	 * @param bytes the array it is in, from its beginning
	 * @param length its bytes; the array may be longer
	 */
	record Body(byte[] bytes, int length) {
	}

}
