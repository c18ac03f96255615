package io.exchequer.routing.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * A request body as it goes upstream: the client's bytes with a few members replaced.
 * Slices share the client's array.
 *
 * @param slices what to write, in order
 * @param length the bytes of all slices together
 */
public record SplicedBody(List<Slice> slices, long length) {

	/** Writes every slice. */
	public void writeTo(OutputStream out) throws IOException {
		for (Slice slice : this.slices) {
			out.write(slice.bytes(), slice.offset(), slice.length());
		}
	}

	/**
	 * A part of an array.
	 *
	 * @param bytes the array, never written to
	 * @param offset where the part begins
	 * @param length its bytes
	 */
	public record Slice(byte[] bytes, int offset, int length) {
	}

}
