package io.exchequer.routing.wire;

import java.nio.charset.StandardCharsets;

/**
 * Walks through JSON in a byte array without making anything: it finds members, checks
 * the grammar of all it passes, and leaves every byte where it is. Text is not decoded
 * and UTF-8 not checked. For answers, whose few interesting members have plain names;
 * requests are read by Jackson. Used by one thread.
 */
final class JsonCursor {

	private static final int DEPTH_MAX = 200;

	private static final long COUNT_MAX = 1_000_000_000_000_000L;

	private byte[] bytes = {};

	private int position;

	private int end;

	private boolean first;

	private int from;

	private int to;

	private int depth;

	/** Begins at an array's part. */
	void reset(byte[] array, int offset, int length) {
		this.bytes = array;
		this.position = offset;
		this.end = offset + length;
		this.first = false;
		this.depth = 0;
	}

	/**
	 * Returns the first byte of the next token without passing it, or -1 at the end.
	 */
	int peek() {
		while (this.position < this.end) {
			byte b = this.bytes[this.position];
			if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
				return b;
			}
			this.position++;
		}
		return -1;
	}

	/** Passes the beginning of an object. */
	void enterObject() throws MalformedJsonException {
		expect('{');
		this.first = true;
	}

	/** Passes the beginning of an array. */
	void enterArray() throws MalformedJsonException {
		expect('[');
		this.first = true;
	}

	/**
	 * Goes to the next member's value; {@link #nameIs} tells its name until something is
	 * read. The value must then be read or skipped.
	 * @return whether there is one; else the object's end was passed
	 */
	boolean nextMember() throws MalformedJsonException {
		if (!nextItem('}')) {
			return false;
		}
		text();
		expect(':');
		return true;
	}

	/**
	 * Goes to the next element, which must then be read or skipped.
	 * @return whether there is one; else the array's end was passed
	 */
	boolean nextElement() throws MalformedJsonException {
		return nextItem(']');
	}

	private boolean nextItem(char close) throws MalformedJsonException {
		int token = peek();
		if (token == close) {
			this.position++;
			this.first = false;
			return false;
		}
		if (!this.first) {
			expect(',');
			if (peek() == close) {
				throw MalformedJsonException.INSTANCE;
			}
		}
		this.first = false;
		return true;
	}

	/** Returns whether the name or text passed last is this one, written plainly. */
	boolean nameIs(byte[] name) {
		int length = this.to - this.from;
		if (length != name.length) {
			return false;
		}
		for (int i = 0; i < length; i++) {
			if (this.bytes[this.from + i] != name[i]) {
				return false;
			}
		}
		return true;
	}

	/** Returns the length in bytes of the name or text passed last. */
	int nameLength() {
		return this.to - this.from;
	}

	/**
	 * Returns the name or text passed last where it is at most {@code max} plain ASCII
	 * characters, else an empty text.
	 */
	String plain(int max) {
		int length = this.to - this.from;
		if (length > max) {
			return "";
		}
		StringBuilder result = new StringBuilder(length);
		for (int i = this.from; i < this.to; i++) {
			byte b = this.bytes[i];
			if (b < ' ' || b == '\\' || b == 0x7f) {
				return "";
			}
			result.append((char) b);
		}
		return result.toString();
	}

	/** Returns the beginning of the name or text passed last, as it is written. */
	String beginning(int bytesMax) {
		return new String(this.bytes, this.from, Math.min(bytesMax, this.to - this.from), StandardCharsets.ISO_8859_1);
	}

	/** Passes a text; {@link #nameIs} and {@link #nameLength} then tell of it. */
	void text() throws MalformedJsonException {
		expect('"');
		byte[] array = this.bytes;
		int limit = this.end;
		int p = this.position;
		this.from = p;
		while (p < limit) {
			byte b = array[p];
			if (b == '"') {
				this.to = p;
				this.position = p + 1;
				return;
			}
			if (b == '\\') {
				p = escape(p + 1);
			}
			else if (b >= 0 && b < ' ') {
				throw MalformedJsonException.INSTANCE;
			}
			else {
				p++;
			}
		}
		throw MalformedJsonException.INSTANCE;
	}

	private int escape(int at) throws MalformedJsonException {
		if (at >= this.end) {
			throw MalformedJsonException.INSTANCE;
		}
		byte b = this.bytes[at];
		if (b == 'u') {
			if (this.end - at < 5) {
				throw MalformedJsonException.INSTANCE;
			}
			for (int i = 1; i <= 4; i++) {
				if (Character.digit(this.bytes[at + i], 16) < 0) {
					throw MalformedJsonException.INSTANCE;
				}
			}
			return at + 5;
		}
		switch (b) {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				return at + 1;
			default:
				throw MalformedJsonException.INSTANCE;
		}
	}

	/**
	 * Passes a value and returns it where it is a whole number from 0, else -1. What has
	 * more than 15 digits counts as 10¹⁵.
	 */
	long count() throws MalformedJsonException {
		int token = peek();
		if (token < '0' || token > '9') {
			skipValue();
			return -1;
		}
		int begin = this.position;
		number();
		boolean fits = this.position - begin <= 15;
		long result = 0;
		for (int i = begin; i < this.position; i++) {
			byte b = this.bytes[i];
			if (b < '0' || b > '9') {
				return -1;
			}
			result = fits ? result * 10 + (b - '0') : COUNT_MAX;
		}
		return result;
	}

	/**
	 * Passes a value and returns whether it is something: not null, and not an empty
	 * text, array or object.
	 */
	boolean something() throws MalformedJsonException {
		switch (peek()) {
			case '"':
				text();
				return nameLength() > 0;
			case 'n':
				skipValue();
				return false;
			case '[', '{':
				int open = this.position;
				skipValue();
				for (int i = open + 1; i < this.position - 1; i++) {
					if (this.bytes[i] > ' ') {
						return true;
					}
				}
				return false;
			default:
				skipValue();
				return true;
		}
	}

	/** Passes a value, whatever it is. */
	void skipValue() throws MalformedJsonException {
		switch (peek()) {
			case '"' -> text();
			case '{' -> skipObject();
			case '[' -> skipArray();
			case 't' -> literal("true");
			case 'f' -> literal("false");
			case 'n' -> literal("null");
			default -> number();
		}
	}

	/** Checks that only white space is left. */
	void finish() throws MalformedJsonException {
		if (peek() >= 0 || this.position < this.end) {
			throw MalformedJsonException.INSTANCE;
		}
	}

	private void skipObject() throws MalformedJsonException {
		deeper();
		enterObject();
		while (nextMember()) {
			skipValue();
		}
		this.depth--;
	}

	private void skipArray() throws MalformedJsonException {
		deeper();
		enterArray();
		while (nextElement()) {
			skipValue();
		}
		this.depth--;
	}

	private void deeper() throws MalformedJsonException {
		if (++this.depth > DEPTH_MAX) {
			throw MalformedJsonException.INSTANCE;
		}
	}

	private void literal(String word) throws MalformedJsonException {
		if (this.end - this.position < word.length()) {
			throw MalformedJsonException.INSTANCE;
		}
		for (int i = 0; i < word.length(); i++) {
			if (this.bytes[this.position + i] != word.charAt(i)) {
				throw MalformedJsonException.INSTANCE;
			}
		}
		this.position += word.length();
	}

	private void number() throws MalformedJsonException {
		if (peek() == '-') {
			this.position++;
		}
		if (this.position < this.end && this.bytes[this.position] == '0') {
			this.position++;
		}
		else {
			digits();
		}
		if (this.position < this.end && this.bytes[this.position] == '.') {
			this.position++;
			digits();
		}
		if (this.position < this.end && (this.bytes[this.position] | 0x20) == 'e') {
			this.position++;
			if (this.position < this.end && (this.bytes[this.position] == '+' || this.bytes[this.position] == '-')) {
				this.position++;
			}
			digits();
		}
	}

	private void digits() throws MalformedJsonException {
		int begin = this.position;
		while (this.position < this.end && this.bytes[this.position] >= '0' && this.bytes[this.position] <= '9') {
			this.position++;
		}
		if (this.position == begin) {
			throw MalformedJsonException.INSTANCE;
		}
	}

	private void expect(char token) throws MalformedJsonException {
		if (peek() != token) {
			throw MalformedJsonException.INSTANCE;
		}
		this.position++;
	}

	/** What was read is not JSON. */
	static final class MalformedJsonException extends Exception {

		static final MalformedJsonException INSTANCE = new MalformedJsonException();

		private MalformedJsonException() {
			super("malformed JSON", null, false, false);
		}

	}

}
