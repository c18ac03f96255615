package io.exchequer.routing.wire;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.routing.wire.JsonCursor.MalformedJsonException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one chunk of a streamed completion for what matters to the platform, and checks
 * that it is whole JSON. It makes nothing but the usage. Used by one thread.
 */
final class ChunkScanner {

	/** The most choices a request may ask for. */
	static final int CHOICES_MAX = 128;

	static final byte[] CHOICES = Ascii.of("choices");

	static final byte[] USAGE = Ascii.of("usage");

	static final byte[] ERROR = Ascii.of("error");

	static final byte[] OBJECT = Ascii.of("object");

	static final byte[] SERVICE_TIER = Ascii.of("service_tier");

	static final byte[] FINISH_REASON = Ascii.of("finish_reason");

	private static final byte[] INDEX = Ascii.of("index");

	private static final byte[] DELTA = Ascii.of("delta");

	private static final byte[] TEXT = Ascii.of("text");

	/** What a delta shows; the first of these commits the answer. */
	private static final byte[][] SHOWN = { Ascii.of("content"), Ascii.of("reasoning_content"), Ascii.of("reasoning"),
			Ascii.of("tool_calls"), Ascii.of("refusal"), Ascii.of("function_call"), Ascii.of("audio"),
			Ascii.of("reasoning_details"), Ascii.of("thinking"), Ascii.of("thinking_blocks"), Ascii.of("images"),
			Ascii.of("annotations") };

	private final JsonCursor cursor = new JsonCursor();

	private final UsageReader usageReader = new UsageReader();

	private final long[] seen = new long[2];

	private final long[] finished = new long[2];

	private @Nullable TokenUsage usage;

	/** Whether the usage came when every choice had finished, and none began since. */
	private boolean usageFinal;

	private String serviceTier = "";

	private boolean shows;

	private boolean finishes;

	private boolean hasChoices;

	private boolean hasUsage;

	private boolean failed;

	/**
	 * Reads one chunk.
	 * @return what it is
	 * @throws MalformedJsonException if it is not one whole JSON object
	 */
	FrameKind read(byte[] bytes, int offset, int length) throws MalformedJsonException {
		this.shows = false;
		this.finishes = false;
		this.hasChoices = false;
		this.hasUsage = false;
		this.failed = false;
		this.cursor.reset(bytes, offset, length);
		this.cursor.enterObject();
		while (this.cursor.nextMember()) {
			member();
		}
		this.cursor.finish();
		if (this.hasUsage || this.hasChoices) {
			this.usageFinal = (this.hasUsage || this.usageFinal) && everyChoiceFinished();
		}
		return kind();
	}

	private FrameKind kind() {
		if (this.failed) {
			return FrameKind.ERROR;
		}
		if (this.shows) {
			return FrameKind.COMMIT;
		}
		if (this.finishes) {
			return FrameKind.FINISH;
		}
		return (this.hasUsage && !this.hasChoices) ? FrameKind.USAGE : FrameKind.EMPTY;
	}

	private void member() throws MalformedJsonException {
		if (this.cursor.nameIs(CHOICES)) {
			choices();
		}
		else if (this.cursor.nameIs(USAGE)) {
			// What cannot be believed takes the place of what came before it.
			this.hasUsage = this.cursor.peek() == '{';
			TokenUsage read = this.usageReader.read(this.cursor);
			if (this.hasUsage) {
				this.usage = read;
			}
		}
		else if (this.cursor.nameIs(ERROR)) {
			this.failed |= this.cursor.something();
		}
		else if (this.cursor.nameIs(SERVICE_TIER) && this.cursor.peek() == '"') {
			this.cursor.text();
			if (this.serviceTier.isEmpty()) {
				this.serviceTier = this.cursor.plain(32);
			}
		}
		else if (this.cursor.nameIs(OBJECT) && this.cursor.peek() == '"') {
			this.cursor.text();
			this.failed |= this.cursor.nameIs(ERROR);
		}
		else {
			this.cursor.skipValue();
		}
	}

	private void choices() throws MalformedJsonException {
		if (this.cursor.peek() != '[') {
			this.cursor.skipValue();
			return;
		}
		this.cursor.enterArray();
		while (this.cursor.nextElement()) {
			this.hasChoices = true;
			choice();
		}
	}

	private void choice() throws MalformedJsonException {
		long index = 0;
		boolean finish = false;
		this.cursor.enterObject();
		while (this.cursor.nextMember()) {
			if (this.cursor.nameIs(DELTA)) {
				delta();
			}
			else if (this.cursor.nameIs(FINISH_REASON)) {
				finish = this.cursor.something();
			}
			else if (this.cursor.nameIs(ERROR)) {
				this.failed |= this.cursor.something();
			}
			else if (this.cursor.nameIs(INDEX)) {
				index = this.cursor.count();
			}
			else if (this.cursor.nameIs(TEXT)) {
				this.shows |= this.cursor.something();
			}
			else {
				this.cursor.skipValue();
			}
		}
		if (index < 0 || index >= CHOICES_MAX) {
			throw MalformedJsonException.INSTANCE;
		}
		this.seen[(int) index >> 6] |= 1L << index;
		if (finish) {
			this.finishes = true;
			this.finished[(int) index >> 6] |= 1L << index;
		}
	}

	private void delta() throws MalformedJsonException {
		if (this.cursor.peek() != '{') {
			this.cursor.skipValue();
			return;
		}
		this.cursor.enterObject();
		while (this.cursor.nextMember()) {
			if (isShown()) {
				this.shows |= this.cursor.something();
			}
			else {
				this.cursor.skipValue();
			}
		}
	}

	private boolean isShown() {
		for (byte[] name : SHOWN) {
			if (this.cursor.nameIs(name)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Returns whether there was a choice, and each that was seen has finished. How many
	 * there are is the provider's to say: some servers make one whatever was asked for.
	 */
	boolean everyChoiceFinished() {
		return (this.seen[0] | this.seen[1]) != 0 && this.seen[0] == this.finished[0]
				&& this.seen[1] == this.finished[1];
	}

	/**
	 * Returns the usage that came with or after the last choice's end, or null. What came
	 * earlier is a running count.
	 */
	@Nullable TokenUsage usage() {
		return this.usageFinal ? this.usage : null;
	}

	/** Returns the first tier named, or an empty text. */
	String serviceTier() {
		return this.serviceTier;
	}

}
