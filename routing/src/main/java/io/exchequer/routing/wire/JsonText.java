package io.exchequer.routing.wire;

/** Writes JSON texts. */
final class JsonText {

	private static final String HEX = "0123456789abcdef";

	private JsonText() {
	}

	/** Appends a text in quotes, with what must be escaped escaped. */
	static void quote(StringBuilder json, String text) {
		json.append('"');
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			switch (c) {
				case '"' -> json.append("\\\"");
				case '\\' -> json.append("\\\\");
				case '\n' -> json.append("\\n");
				case '\r' -> json.append("\\r");
				case '\t' -> json.append("\\t");
				default -> {
					if (c < ' ' || Character.isSurrogate(c) && !paired(text, i)) {
						json.append("\\u")
							.append(HEX.charAt(c >> 12))
							.append(HEX.charAt((c >> 8) & 15))
							.append(HEX.charAt((c >> 4) & 15))
							.append(HEX.charAt(c & 15));
					}
					else {
						json.append(c);
					}
				}
			}
		}
		json.append('"');
	}

	private static boolean paired(String text, int i) {
		return Character.isHighSurrogate(text.charAt(i))
				? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
				: i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
	}

}
