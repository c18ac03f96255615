package io.exchequer.routing.wire;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.exchequer.routing.wire.ParsedRequest.Span;
import org.jspecify.annotations.Nullable;

/**
 * What a request has beyond OpenAI's own form, noted while it is read: the members that a
 * strict server is not sent, and what it is told in their place. A request without any
 * has no such notes.
 */
final class Additions {

	/** The least budgets, in tokens, that ask for more than a low effort. */
	private static final int MEDIUM_MIN = 4_096;

	private static final int HIGH_MIN = 16_384;

	/**
	 * What tells that a tool failed, in a text or before its parts. The text is shorter
	 * than the member it stands for, which the worst case counts.
	 */
	private static final String FAILED = "Error: ";

	private static final String FAILED_PART = "{\"type\":\"text\",\"text\":\"Error:\"}";

	private final byte[] bytes;

	private final List<Addition> lacking = new ArrayList<>(2);

	private final List<Span> members = new ArrayList<>(4);

	private final List<Insertion> insertions = new ArrayList<>(0);

	private @Nullable String effort;

	Additions(byte[] bytes) {
		this.bytes = bytes;
	}

	/** Notes what a strict server has no place for. */
	void lacks(Addition.Kind kind, String path) {
		this.lacking.add(new Addition(kind, path));
	}

	/**
	 * Notes a member that a strict server is not sent, behind those before it.
	 * @param valueBegin where its value begins
	 * @param valueEnd the first byte behind its value
	 */
	void member(int valueBegin, int valueEnd) {
		this.members.add(new Span(nameBegin(valueBegin), valueEnd));
	}

	/** Notes a budget of tokens to think with. */
	void budget(long tokens) {
		this.effort = (tokens < MEDIUM_MIN) ? "low" : (tokens < HIGH_MIN) ? "medium" : "high";
	}

	/**
	 * Notes that a tool failed; what it answered says so in its text.
	 * @param content where its content begins
	 */
	void failed(int content) {
		switch (this.bytes[content]) {
			case '"' -> this.insertions.add(new Insertion(content + 1, FAILED));
			case '[' -> {
				boolean empty = this.bytes[behindSpace(content + 1)] == ']';
				this.insertions.add(new Insertion(content + 1, empty ? FAILED_PART : FAILED_PART + ','));
			}
			default -> {
				// Null, or not there at all: no answer that could say it.
			}
		}
	}

	/** Returns what a strict server has no place for, in the request's order. */
	List<Addition> lacking() {
		return Collections.unmodifiableList(this.lacking);
	}

	/** Returns what a strict server is told in place of members that it does not know. */
	List<Insertion> insertions() {
		return this.insertions;
	}

	/** Returns the effort that a budget asks for, or null where there is none. */
	@Nullable String effort() {
		return this.effort;
	}

	/**
	 * Returns what to cut out for a strict server, in order: members and the commas that
	 * would be left over.
	 */
	List<Span> cuts() {
		List<Span> cuts = new ArrayList<>(this.members.size());
		for (int i = 0; i < this.members.size(); i++) {
			int begin = this.members.get(i).begin();
			int end = this.members.get(i).end();
			int after = behindSpace(end);
			while (this.bytes[after] == ',' && i + 1 < this.members.size()
					&& behindSpace(after + 1) == this.members.get(i + 1).begin()) {
				end = this.members.get(++i).end();
				after = behindSpace(end);
			}
			if (this.bytes[after] == ',') {
				cuts.add(new Span(begin, behindSpace(after + 1)));
			}
			else {
				int before = beforeSpace(begin - 1);
				cuts.add(new Span((this.bytes[before] == ',') ? before : begin, end));
			}
		}
		return cuts;
	}

	/** Returns where the name of the member begins whose value begins here. */
	private int nameBegin(int valueBegin) {
		int colon = beforeSpace(valueBegin - 1);
		int at = beforeSpace(colon - 1) - 1;
		while (this.bytes[at] != '"' || isEscaped(at)) {
			at--;
		}
		return at;
	}

	private boolean isEscaped(int at) {
		int backslashes = 0;
		while (this.bytes[at - 1 - backslashes] == '\\') {
			backslashes++;
		}
		return backslashes % 2 == 1;
	}

	private int behindSpace(int from) {
		int at = from;
		while (isSpace(this.bytes[at])) {
			at++;
		}
		return at;
	}

	private int beforeSpace(int from) {
		int at = from;
		while (isSpace(this.bytes[at])) {
			at--;
		}
		return at;
	}

	private static boolean isSpace(byte b) {
		return b == ' ' || b == '\n' || b == '\r' || b == '\t';
	}

	/**
	 * A text to put in.
	 *
	 * @param at the byte it goes before
	 * @param text the text, as it stands in JSON
	 */
	record Insertion(int at, String text) {
	}

}
