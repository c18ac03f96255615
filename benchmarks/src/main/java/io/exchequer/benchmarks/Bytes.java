package io.exchequer.benchmarks;

import java.util.Arrays;

/** Searches in bytes. */
final class Bytes {

	private Bytes() {
	}

	/** Returns where the wanted bytes first begin between the two bounds, or -1. */
	static int indexOf(byte[] bytes, int from, int to, byte[] wanted) {
		byte first = wanted[0];
		int last = to - wanted.length;
		for (int at = from; at <= last; at++) {
			if (bytes[at] == first && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
				return at;
			}
		}
		return -1;
	}

}
