package io.exchequer.routing.wire;

/**
 * Finds where a frame of an event stream ends: behind its first blank line. Lines end
 * with LF, CRLF or CR. It resumes where it stopped when more bytes have come.
 */
final class FrameSplitter {

	private int at;

	private int lineBegin;

	private int firstLineEnd;

	private int lines;

	private int found = -1;

	private boolean crlf;

	/** Begins a frame. */
	void restart(int from) {
		this.at = from;
		this.lineBegin = from;
		this.firstLineEnd = from;
		this.lines = 0;
		this.found = -1;
	}

	/** Follows bytes that moved towards the array's beginning. */
	void shift(int distance) {
		this.at -= distance;
		this.lineBegin -= distance;
		this.firstLineEnd -= distance;
	}

	/**
	 * Returns where the frame ends, or -1 if its end has not come yet.
	 * @param limit where the bytes that have come end
	 */
	int find(byte[] bytes, int limit) {
		if (this.found >= 0) {
			return this.found;
		}
		int p = this.at;
		while (p < limit) {
			byte b = bytes[p];
			if (b != '\n' && b != '\r') {
				p++;
				continue;
			}
			int next = p + 1;
			boolean blank = p == this.lineBegin;
			if (b == '\r') {
				if (next < limit) {
					if (bytes[next] == '\n') {
						next++;
						this.crlf = true;
					}
				}
				else if (this.crlf || !blank) {
					// An LF may follow. Only where lines end with a bare CR does a
					// blank one end the frame at once.
					break;
				}
			}
			if (blank) {
				this.at = p;
				this.found = next;
				return next;
			}
			if (this.lines++ == 0) {
				this.firstLineEnd = p;
			}
			this.lineBegin = next;
			p = next;
		}
		this.at = p;
		return -1;
	}

	/** The stream is over: what is left of a line is one. */
	void closeLastLine(int limit) {
		if (limit > this.lineBegin) {
			this.lines++;
		}
	}

	/** Returns the lines of the frame, the blank one not counted. */
	int lines() {
		return this.lines;
	}

	/** Returns where the first line's text ends. */
	int firstLineEnd() {
		return this.firstLineEnd;
	}

}
