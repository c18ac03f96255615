package io.exchequer.routing.wire;

import java.util.EnumMap;
import java.util.Map;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.routing.wire.JsonCursor.MalformedJsonException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@code usage} object into disjoint buckets. OpenAI's details are parts of its
 * totals; other servers differ:
 * <ul>
 * <li>DeepSeek tells cached tokens as {@code prompt_cache_hit_tokens};</li>
 * <li>some count reasoning on top of {@code completion_tokens}, which only
 * {@code total_tokens} shows, or show it nowhere else;</li>
 * <li>some give {@code null} for what they do not count;</li>
 * <li>{@code cache_write_1h_tokens}, an addition of the platform's own wire, are those
 * among {@code cache_write_tokens} that are kept for an hour.</li>
 * </ul>
 * Accepted and rejected prediction tokens are part of the output, and billed as such. A
 * total that is no count, or more than {@link TokenUsage#COUNT_MAX}, makes the whole of
 * it no usage; and so do totals that are all zero, since no answer comes from nothing.
 */
public final class UsageReader {

	private static final byte[] PROMPT = Ascii.of("prompt_tokens");

	private static final byte[] INPUT = Ascii.of("input_tokens");

	private static final byte[] OUTPUT = Ascii.of("output_tokens");

	private static final byte[] INPUT_DETAILS = Ascii.of("input_tokens_details");

	private static final byte[] OUTPUT_DETAILS = Ascii.of("output_tokens_details");

	private static final byte[] COMPLETION = Ascii.of("completion_tokens");

	private static final byte[] TOTAL = Ascii.of("total_tokens");

	private static final byte[] PROMPT_DETAILS = Ascii.of("prompt_tokens_details");

	private static final byte[] COMPLETION_DETAILS = Ascii.of("completion_tokens_details");

	private static final byte[] CACHE_HIT = Ascii.of("prompt_cache_hit_tokens");

	private static final byte[] CACHED = Ascii.of("cached_tokens");

	private static final byte[] CACHE_WRITE = Ascii.of("cache_write_tokens");

	private static final byte[] CACHE_WRITE_1H = Ascii.of("cache_write_1h_tokens");

	private static final byte[] AUDIO = Ascii.of("audio_tokens");

	private static final byte[] IMAGE = Ascii.of("image_tokens");

	private static final byte[] REASONING = Ascii.of("reasoning_tokens");

	private long prompt;

	private long completion;

	private long total;

	private long cached;

	private long cacheWrite;

	private long cacheWriteHour;

	private long audioIn;

	private long imageIn;

	private long reasoning;

	private long audioOut;

	private long imageOut;

	private boolean unbelievable;

	/**
	 * Reads a {@code usage} value.
	 * @return the usage, or null where the value gives none
	 */
	public static @Nullable TokenUsage read(byte[] json) {
		JsonCursor cursor = new JsonCursor();
		cursor.reset(json, 0, json.length);
		try {
			return new UsageReader().read(cursor);
		}
		catch (MalformedJsonException ex) {
			return null;
		}
	}

	private final boolean newNames;

	UsageReader() {
		this(false);
	}

	/**
	 * Makes a reader.
	 * @param newNames whether {@code input_tokens} and {@code output_tokens} are the
	 * totals, as at OpenAI's newer endpoints
	 */
	UsageReader(boolean newNames) {
		this.newNames = newNames;
	}

	/**
	 * Passes a {@code usage} value.
	 * @return the usage, or null where the value gives none
	 */
	@Nullable TokenUsage read(JsonCursor cursor) throws MalformedJsonException {
		if (cursor.peek() != '{') {
			cursor.skipValue();
			return null;
		}
		clear();
		cursor.enterObject();
		while (cursor.nextMember()) {
			member(cursor);
		}
		return usage();
	}

	private void member(JsonCursor cursor) throws MalformedJsonException {
		if (cursor.nameIs(PROMPT)) {
			this.prompt = count(cursor);
		}
		else if (cursor.nameIs(COMPLETION)) {
			this.completion = count(cursor);
		}
		else if (this.newNames && cursor.nameIs(INPUT)) {
			this.prompt = count(cursor);
		}
		else if (this.newNames && cursor.nameIs(OUTPUT)) {
			this.completion = count(cursor);
		}
		else if (this.newNames && cursor.nameIs(INPUT_DETAILS)) {
			promptDetails(cursor);
		}
		else if (this.newNames && cursor.nameIs(OUTPUT_DETAILS)) {
			completionDetails(cursor);
		}
		else if (cursor.nameIs(TOTAL)) {
			this.total = count(cursor);
		}
		else if (cursor.nameIs(PROMPT_DETAILS)) {
			promptDetails(cursor);
		}
		else if (cursor.nameIs(COMPLETION_DETAILS)) {
			completionDetails(cursor);
		}
		else if (cursor.nameIs(CACHE_HIT)) {
			this.cached = Math.max(this.cached, cursor.count());
		}
		else if (cursor.nameIs(REASONING)) {
			this.reasoning = Math.max(this.reasoning, count(cursor));
		}
		else {
			cursor.skipValue();
		}
	}

	private long count(JsonCursor cursor) throws MalformedJsonException {
		boolean given = cursor.peek() != 'n';
		long count = cursor.count();
		this.unbelievable |= given && (count < 0 || count > TokenUsage.COUNT_MAX);
		return count;
	}

	private void promptDetails(JsonCursor cursor) throws MalformedJsonException {
		if (cursor.peek() != '{') {
			cursor.skipValue();
			return;
		}
		cursor.enterObject();
		while (cursor.nextMember()) {
			if (cursor.nameIs(CACHED)) {
				this.cached = Math.max(this.cached, cursor.count());
			}
			else if (cursor.nameIs(CACHE_WRITE)) {
				this.cacheWrite = Math.max(0, cursor.count());
			}
			else if (cursor.nameIs(CACHE_WRITE_1H)) {
				this.cacheWriteHour = Math.max(0, cursor.count());
			}
			else if (cursor.nameIs(AUDIO)) {
				this.audioIn = Math.max(0, cursor.count());
			}
			else if (cursor.nameIs(IMAGE)) {
				this.imageIn = Math.max(0, cursor.count());
			}
			else {
				cursor.skipValue();
			}
		}
	}

	private void completionDetails(JsonCursor cursor) throws MalformedJsonException {
		if (cursor.peek() != '{') {
			cursor.skipValue();
			return;
		}
		cursor.enterObject();
		while (cursor.nextMember()) {
			if (cursor.nameIs(REASONING)) {
				this.reasoning = Math.max(this.reasoning, count(cursor));
			}
			else if (cursor.nameIs(AUDIO)) {
				this.audioOut = Math.max(0, cursor.count());
			}
			else if (cursor.nameIs(IMAGE)) {
				this.imageOut = Math.max(0, cursor.count());
			}
			else {
				cursor.skipValue();
			}
		}
	}

	private @Nullable TokenUsage usage() {
		if (this.unbelievable || this.prompt <= 0 && this.completion <= 0 && this.total <= 0) {
			return null;
		}
		if (this.prompt < 0) {
			if (this.total < 0 || this.completion >= 0) {
				return null;
			}
			this.prompt = this.total;
		}
		if (this.completion < 0) {
			this.completion = Math.max(0, this.total - this.prompt);
		}
		long onTop = reasoningOnTop();
		if (this.prompt > TokenUsage.COUNT_MAX || this.completion + onTop > TokenUsage.COUNT_MAX) {
			return null;
		}
		Map<UsageBucket, Long> counts = new EnumMap<>(UsageBucket.class);
		counts.put(UsageBucket.REQUEST, 1L);
		long input = this.prompt;
		input -= take(counts, UsageBucket.AUDIO_INPUT, this.audioIn, input);
		input -= take(counts, UsageBucket.IMAGE_INPUT, this.imageIn, input);
		input -= take(counts, UsageBucket.CACHE_READ, this.cached, input);
		input -= take(counts, UsageBucket.CACHE_WRITE_1H, this.cacheWriteHour, input);
		input -= take(counts, UsageBucket.CACHE_WRITE_5M, this.cacheWrite - this.cacheWriteHour, input);
		take(counts, UsageBucket.INPUT, input, input);
		output(counts, onTop);
		return TokenUsage.of(counts);
	}

	/** Returns the reasoning tokens that the completion's do not have in them. */
	private long reasoningOnTop() {
		long onTop = Math.max(0, this.total - this.prompt - this.completion);
		return (onTop == 0 && this.reasoning > this.completion) ? this.reasoning : onTop;
	}

	private void output(Map<UsageBucket, Long> counts, long onTop) {
		long output = this.completion + onTop;
		output -= take(counts, UsageBucket.REASONING, Math.max(this.reasoning, onTop), output);
		output -= take(counts, UsageBucket.AUDIO_OUTPUT, this.audioOut, output);
		output -= take(counts, UsageBucket.IMAGE_OUTPUT, this.imageOut, output);
		take(counts, UsageBucket.OUTPUT, output, output);
	}

	private static long take(Map<UsageBucket, Long> counts, UsageBucket bucket, long count, long available) {
		long taken = Math.min(count, available);
		if (taken > 0) {
			counts.put(bucket, taken);
		}
		return Math.max(0, taken);
	}

	private void clear() {
		this.prompt = -1;
		this.completion = -1;
		this.total = -1;
		this.cached = 0;
		this.cacheWrite = 0;
		this.cacheWriteHour = 0;
		this.audioIn = 0;
		this.imageIn = 0;
		this.reasoning = 0;
		this.audioOut = 0;
		this.imageOut = 0;
		this.unbelievable = false;
	}

}
