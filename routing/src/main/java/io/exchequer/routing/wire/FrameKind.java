package io.exchequer.routing.wire;

/** What one frame of an event stream is. */
public enum FrameKind {

	/** A chunk without anything to show yet: a role, or no choice at all. */
	EMPTY,
	/**
	 * The first kind that commits: content, reasoning, a refusal, a tool call, audio. It
	 * may carry a finish reason or usage too.
	 */
	COMMIT,
	/** A chunk that gives a finish reason and nothing to show. It may carry usage too. */
	FINISH,
	/** The chunk without choices that carries only the usage. */
	USAGE,
	/** {@code [DONE]}. */
	DONE,
	/** An error instead of a chunk; {@link EventStreamReader#failure()} says which. */
	ERROR,
	/** Only comments or blank lines. */
	COMMENT,
	/** A frame without data. */
	OTHER,
	/** The stream's end; there is no frame. */
	END

}
