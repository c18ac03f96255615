package io.exchequer.gateway.dialect.anthropic;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.exchequer.routing.chat.ChatEvent;

/**
 * Puts an answer's events in order as content blocks: one at a time, each begun, filled
 * and ended before the next. Tool calls whose arguments come interleaved wait for the one
 * before them, of which only whole arguments say that it is done. Used by one thread.
 */
final class ContentBlocks {

	/** The most letters that wait for a block before theirs. */
	static final int WAITING_MAX = 16 * 1024 * 1024;

	private final Handler handler;

	/** The first one is open, the others wait. */
	private final Deque<Block> blocks = new ArrayDeque<>();

	private final Map<Integer, Block> calls = new HashMap<>(4);

	private int opened;

	private int waiting;

	private boolean refused;

	ContentBlocks(Handler handler) {
		this.handler = handler;
	}

	/** Returns whether the model refused. */
	boolean isRefused() {
		return this.refused;
	}

	/** Returns whether there was a tool call. */
	boolean hasCalls() {
		return !this.calls.isEmpty();
	}

	void text(String text) {
		fill(last(Kind.TEXT), text);
	}

	void refusal(String text) {
		this.refused = true;
		text(text);
	}

	void reasoning(String text) {
		fill(last(Kind.THINKING), text);
	}

	void signature(String signature) {
		Block block = last(Kind.THINKING);
		block.signature = signature;
		if (block.open) {
			this.handler.sign(signature);
		}
	}

	void hidden(String data) {
		add(new Block(Kind.REDACTED, data, ""));
	}

	void call(ChatEvent.ToolCallStarted call) {
		if (call.signature() != null) {
			hidden(CallSignatures.data(call.id(), call.signature()));
		}
		Block block = new Block(Kind.TOOL, call.id(), call.name());
		this.calls.put(call.index(), block);
		add(block);
	}

	void arguments(ChatEvent.ToolArgumentsDelta delta) {
		Block block = this.calls.get(delta.index());
		if (block == null || block.closed) {
			if (!delta.text().isBlank()) {
				throw new IllegalStateException("a tool call's arguments go on after they were whole");
			}
			return;
		}
		block.progress.add(delta.text());
		fill(block, delta.text());
	}

	/** Ends every block. */
	void end() {
		while (!this.blocks.isEmpty()) {
			closeFirst();
		}
	}

	/** Returns the last block where it is of a kind and may go on, else begins one. */
	private Block last(Kind kind) {
		Block last = this.blocks.peekLast();
		if (last == null || last.kind != kind || last.signature != null) {
			last = new Block(kind, "", "");
			add(last);
		}
		return last;
	}

	private void add(Block block) {
		this.blocks.addLast(block);
		if (this.blocks.size() == 1) {
			openFirst();
		}
		pump();
	}

	private void fill(Block block, String text) {
		if (block.open) {
			this.handler.fill(block.kind, text);
		}
		else {
			this.waiting += text.length();
			if (this.waiting > WAITING_MAX) {
				throw new IllegalStateException("too much waits for a tool call whose arguments do not end");
			}
			block.waiting.append(text);
		}
		pump();
	}

	/** Goes on with the next block wherever the first is done. */
	private void pump() {
		while (this.blocks.size() > 1 && this.blocks.getFirst().isDone()) {
			closeFirst();
		}
	}

	private void closeFirst() {
		Block first = this.blocks.removeFirst();
		first.open = false;
		first.closed = true;
		this.handler.close();
		if (!this.blocks.isEmpty()) {
			openFirst();
		}
	}

	private void openFirst() {
		Block first = this.blocks.getFirst();
		first.open = true;
		this.handler.open(this.opened++, first.kind, first.id, first.name);
		if (!first.waiting.isEmpty()) {
			this.waiting -= first.waiting.length();
			this.handler.fill(first.kind, first.waiting.toString());
			first.waiting.setLength(0);
		}
		if (first.signature != null) {
			this.handler.sign(first.signature);
		}
	}

	/** What a block is. */
	enum Kind {

		TEXT, THINKING, REDACTED, TOOL

	}

	/** Gets the blocks. */
	interface Handler {

		/**
		 * A block begins.
		 * @param index its number from 0
		 * @param id a tool call's identifier, or hidden reasoning's data, else empty
		 * @param name a tool's name, else empty
		 */
		void open(int index, Kind kind, String id, String name);

		/** More of the open block's text, reasoning or arguments. */
		void fill(Kind kind, String text);

		/** The open block's reasoning is proven. */
		void sign(String signature);

		/** The open block ends. */
		void close();

	}

	/** A block that is open or waits. */
	private static final class Block {

		private final Kind kind;

		private final String id;

		private final String name;

		private final StringBuilder waiting = new StringBuilder(0);

		private final ObjectProgress progress = new ObjectProgress();

		private @Nullable String signature;

		private boolean open;

		private boolean closed;

		Block(Kind kind, String id, String name) {
			this.kind = kind;
			this.id = id;
			this.name = name;
		}

		boolean isDone() {
			return this.kind != Kind.TOOL || this.progress.isWhole();
		}

	}

	/** Follows a JSON object's text as far as telling when it is whole. */
	private static final class ObjectProgress {

		private int depth;

		private boolean begun;

		private boolean quoted;

		private boolean escaped;

		void add(String text) {
			for (int i = 0; i < text.length(); i++) {
				char c = text.charAt(i);
				if (this.escaped) {
					this.escaped = false;
				}
				else if (this.quoted) {
					this.escaped = c == '\\';
					this.quoted = c != '"';
				}
				else {
					structure(c);
				}
			}
		}

		private void structure(char c) {
			switch (c) {
				case '"' -> this.quoted = true;
				case '{', '[' -> {
					this.depth++;
					this.begun = true;
				}
				case '}', ']' -> this.depth--;
				default -> {
				}
			}
		}

		boolean isWhole() {
			return this.begun && this.depth <= 0 && !this.quoted;
		}

	}

}
