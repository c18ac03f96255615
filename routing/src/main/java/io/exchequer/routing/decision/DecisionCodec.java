package io.exchequer.routing.decision;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import io.exchequer.registry.DataClass;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.strategy.StrategyName;
import org.jspecify.annotations.Nullable;

/**
 * Writes decision records in few bytes: a format number, then variable-length numbers, 16
 * bytes for a deployment, one for each code. A later format takes another number; what
 * was written stays readable for as long as records are kept.
 */
public final class DecisionCodec {

	private static final int FORMAT = 1;

	private static final int STREAM = 1;

	private static final int OVER_SOFT_LIMIT = 2;

	private DecisionCodec() {
	}

	/** Returns a record's bytes. */
	public static byte[] encode(DecisionRecord decision) {
		Writer out = new Writer(64 + 28 * decision.candidates().size() + 16 * decision.attempts().size());
		out.octet(FORMAT);
		out.octet(decision.strategy().number());
		out.octet(decision.dataClass().ordinal());
		out.octet((decision.stream() ? STREAM : 0) | (decision.overSoftLimit() ? OVER_SOFT_LIMIT : 0));
		out.number(decision.configurationVersion());
		out.number(decision.inputTokensExpected());
		out.text(cut(decision.asked()));
		out.text(decision.outcome());
		out.number(decision.millis());
		out.number(decision.candidates().size());
		for (DecisionRecord.Candidate candidate : decision.candidates()) {
			out.id(candidate.deployment());
			out.number(candidate.rank());
			out.octet(candidate.reason().number());
			out.number(candidate.score() + 1);
		}
		out.number(decision.attempts().size());
		for (DecisionRecord.Attempt attempt : decision.attempts()) {
			out.number(attempt.candidate());
			out.octet(number(attempt.failure()));
			out.number(attempt.status());
			out.number((attempt.clamped() != null) ? attempt.clamped() : 0);
			out.number(attempt.millis());
		}
		return out.bytes();
	}

	private static String cut(String asked) {
		return (asked.length() <= DecisionRecord.ASKED_LENGTH_MAX) ? asked
				: asked.substring(0, DecisionRecord.ASKED_LENGTH_MAX);
	}

	/**
	 * Reads a record.
	 * @throws IllegalArgumentException if the bytes are no decision record
	 */
	public static DecisionRecord decode(byte[] bytes) {
		try {
			return decode(ByteBuffer.wrap(bytes));
		}
		catch (java.nio.BufferUnderflowException ex) {
			throw new IllegalArgumentException("a decision record ends too early, after " + bytes.length + " bytes",
					ex);
		}
	}

	private static DecisionRecord decode(ByteBuffer in) {
		int format = in.get();
		if (format != FORMAT) {
			throw new IllegalArgumentException("a decision record has format " + format + ", not " + FORMAT);
		}
		int strategy = octet(in);
		DataClass dataClass = dataClass(octet(in));
		int flags = octet(in);
		long configurationVersion = number(in);
		int inputTokens = count(in);
		String asked = text(in);
		String outcome = text(in);
		long millis = number(in);
		List<DecisionRecord.Candidate> candidates = candidates(in);
		List<DecisionRecord.Attempt> attempts = attempts(in);
		return new DecisionRecord(configurationVersion, asked,
				StrategyName.byNumber(strategy).orElseThrow(() -> unknown("strategy", strategy)), dataClass,
				(flags & STREAM) != 0, (flags & OVER_SOFT_LIMIT) != 0, inputTokens, candidates, attempts, outcome,
				millis);
	}

	private static List<DecisionRecord.Candidate> candidates(ByteBuffer in) {
		int count = count(in);
		List<DecisionRecord.Candidate> candidates = new ArrayList<>(Math.min(count, in.remaining()));
		for (int i = 0; i < count; i++) {
			UUID deployment = new UUID(in.getLong(), in.getLong());
			int rank = count(in);
			int reason = octet(in);
			candidates.add(new DecisionRecord.Candidate(deployment, rank,
					ReasonCode.byNumber(reason).orElseThrow(() -> unknown("reason", reason)), number(in) - 1));
		}
		return candidates;
	}

	private static List<DecisionRecord.Attempt> attempts(ByteBuffer in) {
		int count = count(in);
		List<DecisionRecord.Attempt> attempts = new ArrayList<>(Math.min(count, in.remaining()));
		for (int i = 0; i < count; i++) {
			int candidate = count(in);
			FailureClass failure = failure(octet(in));
			int status = count(in);
			int clamped = count(in);
			attempts.add(new DecisionRecord.Attempt(candidate, failure, status, (clamped != 0) ? clamped : null,
					number(in)));
		}
		return attempts;
	}

	private static DataClass dataClass(int number) {
		DataClass[] values = DataClass.values();
		if (number >= values.length) {
			throw unknown("data class", number);
		}
		return values[number];
	}

	private static int number(@Nullable FailureClass failure) {
		return switch (failure) {
			case null -> 0;
			case RATE_LIMITED -> 1;
			case QUOTA_EXHAUSTED -> 2;
			case CREDENTIAL_REJECTED -> 3;
			case MODEL_GONE -> 4;
			case CALLER_FAULT -> 5;
			case CONTEXT_TOO_LONG -> 6;
			case CONTENT_REFUSED -> 7;
			case OVERLOADED -> 8;
			case SERVER_ERROR -> 9;
			case TIMEOUT -> 10;
			case NETWORK -> 11;
			case BROKEN_ANSWER -> 12;
			case NOT_ATTEMPTED -> 13;
		};
	}

	private static @Nullable FailureClass failure(int number) {
		if (number == 0) {
			return null;
		}
		for (FailureClass failure : FailureClass.values()) {
			if (number(failure) == number) {
				return failure;
			}
		}
		throw unknown("failure class", number);
	}

	private static IllegalArgumentException unknown(String what, int number) {
		return new IllegalArgumentException("a decision record names an unknown " + what + ": " + number);
	}

	private static int octet(ByteBuffer in) {
		return in.get() & 0xFF;
	}

	private static int count(ByteBuffer in) {
		return Math.toIntExact(number(in));
	}

	private static long number(ByteBuffer in) {
		long value = 0;
		for (int shift = 0; shift < Long.SIZE; shift += 7) {
			int octet = in.get();
			value |= (long) (octet & 0x7F) << shift;
			if (octet >= 0) {
				return value;
			}
		}
		throw new IllegalArgumentException("a decision record has a number of more than 64 bits");
	}

	private static String text(ByteBuffer in) {
		int length = count(in);
		if (length < 0 || length > in.remaining()) {
			throw new IllegalArgumentException("a decision record has a text of " + length + " bytes");
		}
		byte[] utf8 = new byte[length];
		in.get(utf8);
		return new String(utf8, StandardCharsets.UTF_8);
	}

	private static final class Writer {

		private ByteBuffer out;

		Writer(int capacity) {
			this.out = ByteBuffer.allocate(capacity);
		}

		void octet(int value) {
			room(1).put((byte) value);
		}

		void id(UUID id) {
			room(16).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
		}

		void number(long value) {
			ByteBuffer target = room(10);
			long rest = value;
			while ((rest & ~0x7FL) != 0) {
				target.put((byte) (rest | 0x80));
				rest >>>= 7;
			}
			target.put((byte) rest);
		}

		void text(String text) {
			byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
			number(utf8.length);
			room(utf8.length).put(utf8);
		}

		private ByteBuffer room(int bytes) {
			if (this.out.remaining() < bytes) {
				this.out = ByteBuffer.allocate(Math.max(this.out.capacity() * 2, this.out.position() + bytes))
					.put(this.out.flip());
			}
			return this.out;
		}

		byte[] bytes() {
			byte[] bytes = new byte[this.out.position()];
			this.out.flip().get(bytes);
			return bytes;
		}

	}

}
