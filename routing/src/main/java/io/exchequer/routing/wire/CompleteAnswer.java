package io.exchequer.routing.wire;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Arrays;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.wire.JsonCursor.MalformedJsonException;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer that was not streamed: checked, its usage read, its bytes untouched.
 *
 * @param bytes the array the body is in, from its beginning
 * @param length the body's bytes
 * @param usage what it used in disjoint buckets, or null where it does not say
 * @param serviceTier the tier the answer names, {@code default} where it names none
 */
public record CompleteAnswer(byte[] bytes, int length, @Nullable TokenUsage usage, String serviceTier) {

	/** The most bytes of an answer, unless configured otherwise: 64 MiB. */
	public static final int BYTES_MAX = 64 * 1024 * 1024;

	private static final int BUFFER_BYTES = 4 * 1024;

	private static final byte[] DATA = Ascii.of("data");

	private static final byte[] RESULTS = Ascii.of("results");

	private static final byte[] META = Ascii.of("meta");

	private static final byte[] BILLED_UNITS = Ascii.of("billed_units");

	private static final byte[] SEARCH_UNITS = Ascii.of("search_units");

	/**
	 * Reads an answer to its end; the caller closes it.
	 * @param bytesMax the most bytes to take
	 * @throws UpstreamFailure if it does not arrive whole, is too long, or is not what
	 * the endpoint promises (HTML, half a JSON, an error under a 200)
	 */
	public static CompleteAnswer read(Endpoint endpoint, UpstreamAnswer answer, int bytesMax) throws UpstreamFailure {
		try {
			return read(endpoint, answer, bytesMax, Room.UNBOUNDED);
		}
		catch (NoRoomException ex) {
			throw new IllegalStateException("unbounded room has an end", ex);
		}
	}

	/**
	 * Reads an answer to its end, within the room there is; the caller closes it.
	 * @param bytesMax the most bytes to take
	 * @param room asked before memory is taken
	 * @throws UpstreamFailure if it does not arrive whole, is too long, or is not what
	 * the endpoint promises
	 * @throws NoRoomException if there is no room for the whole of it
	 */
	public static CompleteAnswer read(Endpoint endpoint, UpstreamAnswer answer, int bytesMax, Room room)
			throws UpstreamFailure, NoRoomException {
		byte[] bytes = grown(new byte[0], Math.min(BUFFER_BYTES, bytesMax + 1), room);
		int length = 0;
		InputStream in = answer.body();
		try {
			while (true) {
				int count = in.read(bytes, length, bytes.length - length);
				if (count < 0) {
					break;
				}
				length += count;
				if (length > bytesMax) {
					throw BodyFailures.broken("the answer is longer than " + bytesMax + " bytes");
				}
				if (length == bytes.length) {
					bytes = grown(bytes, (int) Math.min(2L * length, bytesMax + 1L), room);
				}
			}
		}
		catch (IOException ex) {
			throw BodyFailures.of(ex);
		}
		return of(endpoint, bytes, length);
	}

	/** Both arrays live while one is copied into the other, so both have room. */
	private static byte[] grown(byte[] bytes, int length, Room room) throws NoRoomException {
		if (!room.make(length)) {
			throw NoRoomException.INSTANCE;
		}
		byte[] larger = Arrays.copyOf(bytes, length);
		room.free(bytes.length);
		return larger;
	}

	/**
	 * Checks an answer.
	 * @throws UpstreamFailure if it is not what the endpoint promises
	 */
	static CompleteAnswer of(Endpoint endpoint, byte[] bytes, int length) throws UpstreamFailure {
		Scan scan = new Scan(endpoint, bytes, length);
		try {
			scan.run();
		}
		catch (MalformedJsonException ex) {
			throw BodyFailures.broken("the answer is not whole JSON");
		}
		if (scan.failed) {
			throw FailureClassifier.classify(0, null, bytes, length, Instant.EPOCH);
		}
		if (!scan.whole) {
			throw BodyFailures.broken("the answer is JSON, but not what the endpoint promises");
		}
		return new CompleteAnswer(bytes, length, endpoint.billsUnits() ? scan.units() : scan.usage, scan.serviceTier);
	}

	/** Makes the failure of an answer of another media type than was asked for. */
	static UpstreamFailure notWhatWasAsked(UpstreamAnswer answer, String wanted) {
		byte[] excerpt = new byte[FailureClassifier.EXCERPT_BYTES_MAX];
		try {
			int length = answer.body().readNBytes(excerpt, 0, excerpt.length);
			Scan scan = new Scan(Endpoint.CHAT_COMPLETIONS, excerpt, length);
			scan.run();
			if (scan.failed) {
				return FailureClassifier.classify(0, null, excerpt, length, Instant.EPOCH);
			}
		}
		catch (IOException | MalformedJsonException ex) {
			// What it is instead does not matter.
		}
		return BodyFailures.broken("the answer is not " + wanted);
	}

	/** Where an answer's memory is counted. */
	public interface Room {

		/** As much as is asked for. */
		Room UNBOUNDED = new Room() {

			@Override
			public boolean make(int bytes) {
				return true;
			}

			@Override
			public void free(int bytes) {
			}

		};

		/**
		 * Makes room for an array; may wait for it.
		 * @return whether there is
		 */
		boolean make(int bytes);

		/** Frees the room of an array that is no longer needed. */
		void free(int bytes);

	}

	/** There is no room for an answer. Carried without a stack trace. */
	public static final class NoRoomException extends Exception {

		static final NoRoomException INSTANCE = new NoRoomException();

		private NoRoomException() {
			super("there is no room for the answer", null, false, false);
		}

	}

	/** Reads the members that matter. */
	private static final class Scan {

		private final JsonCursor cursor = new JsonCursor();

		private final Endpoint endpoint;

		private final byte[] list;

		private boolean whole;

		private long things;

		private long searchUnits;

		private boolean failed;

		private @Nullable TokenUsage usage;

		private String serviceTier = "default";

		Scan(Endpoint endpoint, byte[] bytes, int length) {
			this.list = switch (endpoint) {
				case CHAT_COMPLETIONS, COMPLETIONS -> ChunkScanner.CHOICES;
				case EMBEDDINGS, IMAGES_GENERATIONS -> DATA;
				case RERANK, MODERATIONS -> RESULTS;
				case AUDIO_SPEECH -> throw new IllegalArgumentException("speech is no JSON");
			};
			this.endpoint = endpoint;
			int mark = Utf8.byteOrderMark(bytes, 0, length);
			this.cursor.reset(bytes, mark, length - mark);
		}

		void run() throws MalformedJsonException {
			this.cursor.enterObject();
			while (this.cursor.nextMember()) {
				member();
			}
			this.cursor.finish();
		}

		/** Reads {@code meta.billed_units.search_units}, as Cohere tells it. */
		private void meta() throws MalformedJsonException {
			if (this.cursor.peek() != '{') {
				this.cursor.skipValue();
				return;
			}
			this.cursor.enterObject();
			while (this.cursor.nextMember()) {
				if (this.cursor.nameIs(BILLED_UNITS)) {
					billedUnits();
				}
				else {
					this.cursor.skipValue();
				}
			}
		}

		private void billedUnits() throws MalformedJsonException {
			if (this.cursor.peek() != '{') {
				this.cursor.skipValue();
				return;
			}
			this.cursor.enterObject();
			while (this.cursor.nextMember()) {
				if (this.cursor.nameIs(SEARCH_UNITS)) {
					this.searchUnits = Math.clamp(this.cursor.count(), 0, TokenUsage.COUNT_MAX);
				}
				else {
					this.cursor.skipValue();
				}
			}
		}

		/** Returns everything that was counted, or null where nothing was. */
		@Nullable TokenUsage units() {
			TokenUsage told = (this.usage != null) ? this.usage : TokenUsage.NONE;
			if (this.searchUnits > 0) {
				told = told.with(UsageBucket.QUERIES, this.searchUnits);
			}
			if (this.endpoint == Endpoint.IMAGES_GENERATIONS) {
				told = told.with(UsageBucket.IMAGES_OUT, this.things);
			}
			return told.nonZero().isEmpty() ? null : told;
		}

		private void list() throws MalformedJsonException {
			this.whole = false;
			if (this.cursor.peek() != '[') {
				this.cursor.skipValue();
				return;
			}
			if (this.endpoint == Endpoint.EMBEDDINGS) {
				this.whole = this.cursor.something();
				return;
			}
			this.cursor.enterArray();
			if (this.endpoint.billsUnits()) {
				this.things = 0;
				while (this.cursor.nextElement()) {
					this.things++;
					this.cursor.skipValue();
				}
				this.whole = this.things > 0;
				return;
			}
			while (this.cursor.nextElement()) {
				this.whole = true;
				choice();
			}
		}

		private void choice() throws MalformedJsonException {
			this.cursor.enterObject();
			while (this.cursor.nextMember()) {
				if (this.cursor.nameIs(ChunkScanner.ERROR)) {
					this.failed |= this.cursor.something();
				}
				else {
					this.cursor.skipValue();
				}
			}
		}

		private void member() throws MalformedJsonException {
			if (this.cursor.nameIs(this.list)) {
				list();
			}
			else if (this.cursor.nameIs(ChunkScanner.USAGE)) {
				this.usage = new UsageReader(this.endpoint.billsUnits()).read(this.cursor);
			}
			else if (this.endpoint == Endpoint.RERANK && this.cursor.nameIs(META)) {
				meta();
			}
			else if (this.cursor.nameIs(ChunkScanner.ERROR)) {
				this.failed |= this.cursor.something();
			}
			else if (this.cursor.nameIs(ChunkScanner.OBJECT) && this.cursor.peek() == '"') {
				this.cursor.text();
				this.failed |= this.cursor.nameIs(ChunkScanner.ERROR);
			}
			else if (this.cursor.nameIs(ChunkScanner.SERVICE_TIER) && this.cursor.peek() == '"') {
				this.cursor.text();
				String tier = this.cursor.plain(32);
				this.serviceTier = tier.isEmpty() ? "default" : tier;
			}
			else {
				this.cursor.skipValue();
			}
		}

	}

}
