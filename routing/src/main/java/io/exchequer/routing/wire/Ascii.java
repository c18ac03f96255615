package io.exchequer.routing.wire;

import java.nio.charset.StandardCharsets;

/** Plain texts as bytes. */
final class Ascii {

	private Ascii() {
	}

	/** Returns the bytes of a plain text. */
	static byte[] of(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

}
