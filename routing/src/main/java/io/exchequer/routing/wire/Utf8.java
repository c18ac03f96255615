package io.exchequer.routing.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Checks UTF-8. */
final class Utf8 {

	private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

	private static final long NOT_ASCII = 0x8080808080808080L;

	private Utf8() {
	}

	/**
	 * Returns where the first byte is that is not well-formed UTF-8 (RFC 3629: no
	 * overlong forms, no surrogates, nothing over U+10FFFF), or -1 if all are.
	 */
	static int firstMalformed(byte[] bytes, int length) {
		int at = 0;
		while (at < length) {
			while (at + Long.BYTES <= length && ((long) LONGS.get(bytes, at) & NOT_ASCII) == 0) {
				at += Long.BYTES;
			}
			int stop = Math.min(length, at + Long.BYTES);
			while (at < stop) {
				int size = size(bytes, at, length);
				if (size == 0) {
					return at;
				}
				at += size;
			}
		}
		return -1;
	}

	/** Returns the bytes of the character there, or 0 if it is malformed. */
	private static int size(byte[] bytes, int at, int length) {
		int lead = bytes[at];
		if (lead >= 0) {
			return 1;
		}
		int size = ((lead & 0xE0) == 0xC0) ? 2 : ((lead & 0xF0) == 0xE0) ? 3 : ((lead & 0xF8) == 0xF0) ? 4 : 0;
		if (size == 0 || at + size > length) {
			return 0;
		}
		int point = lead & (0x7F >> size);
		for (int i = 1; i < size; i++) {
			int next = bytes[at + i];
			if ((next & 0xC0) != 0x80) {
				return 0;
			}
			point = (point << 6) | (next & 0x3F);
		}
		boolean shortest = (size == 2) ? point >= 0x80 : (size == 3) ? point >= 0x800 : point >= 0x10000;
		return (shortest && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF)) ? size : 0;
	}

	/**
	 * Returns the length of the byte order mark at the beginning of a text, 0 for none.
	 */
	static int byteOrderMark(byte[] bytes, int begin, int end) {
		return (end - begin >= 3 && bytes[begin] == (byte) 0xEF && bytes[begin + 1] == (byte) 0xBB
				&& bytes[begin + 2] == (byte) 0xBF) ? 3 : 0;
	}

}
