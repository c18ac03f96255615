package io.exchequer.routing.wire;

/**
 * Bounds the bytes that JSON can come to when a server reads it and a chat template
 * writes it again, whoever wrote the template: with {@code <}, {@code >}, {@code &} and
 * quotes as escapes (Go's encoder, Jinja's {@code tojson}), with everything beyond ASCII
 * as escapes (Python's default), numbers written out, members added that were left out
 * (Ollama's types), and each element on a line of its own, indented by four.
 */
final class RenderedSize {

	/** A character as an escape. */
	private static final int ESCAPE = 6;

	/** For each byte beyond ASCII: two bytes of a character become one escape. */
	private static final int BEYOND_ASCII = 3;

	private static final int INDENT = 4;

	/** The members that typed servers add to an object. */
	private static final int OBJECT = 64;

	/** A floating-point number written out. */
	private static final int NUMBER = 24;

	private final byte[] bytes;

	private final boolean readsTexts;

	private long size;

	private long depth;

	private RenderedSize(byte[] bytes, boolean readsTexts) {
		this.bytes = bytes;
		this.readsTexts = readsTexts;
	}

	/** Bounds a value, such as tools' definitions; its texts stay texts. */
	static long ofValues(byte[] bytes, int begin, int end) {
		return new RenderedSize(bytes, false).size(begin, end);
	}

	/** Bounds tool calls, whose arguments are JSON within a text. */
	static long ofCalls(byte[] bytes, int begin, int end) {
		return new RenderedSize(bytes, true).size(begin, end);
	}

	private long size(int begin, int end) {
		boolean text = false;
		for (int i = begin; i < end; i++) {
			byte b = this.bytes[i];
			if ((this.readsTexts || !text) && isNumber(b, i, begin)) {
				this.size += NUMBER;
			}
			else if (b == '"') {
				text = !text;
				this.size += 1;
			}
			else if (!text) {
				structure(b);
			}
			else if (b == '\\') {
				// What is escaped may be written as a longer escape, or end up within
				// another text.
				this.size += ESCAPE;
				i++;
			}
			else {
				text(b);
			}
		}
		return this.size;
	}

	/** A point or an exponent: the number may be written out. */
	private boolean isNumber(byte b, int at, int begin) {
		return (b == '.' || b == 'e' || b == 'E') && at > begin && this.bytes[at - 1] >= '0'
				&& this.bytes[at - 1] <= '9';
	}

	private void text(byte b) {
		if (b < 0) {
			this.size += BEYOND_ASCII;
			return;
		}
		switch (b) {
			case '<', '>', '&', '\'', '+', '`', 0x7f -> this.size += ESCAPE;
			case '/' -> this.size += 2;
			case '{', '}', '[', ']', ',', ':' -> {
				if (this.readsTexts) {
					structure(b);
				}
				else {
					this.size += 1;
				}
			}
			default -> this.size += 1;
		}
	}

	private void structure(byte b) {
		switch (b) {
			case '{' -> {
				this.depth++;
				line(OBJECT);
			}
			case '[' -> {
				this.depth++;
				line(0);
			}
			case '}', ']' -> {
				line(0);
				this.depth = Math.max(0, this.depth - 1);
			}
			case ',' -> line(0);
			case ':' -> this.size += 3;
			default -> this.size += 1;
		}
	}

	/** The byte, and a new line with its indentation. */
	private void line(int more) {
		this.size += 2 + INDENT * this.depth + more;
	}

}
