package io.exchequer.gateway.dialect.anthropic;

import java.util.Map;

/**
 * A provider's proof of the reasoning behind a tool call, which has to be given back with
 * the call. The Messages API has no place for it there; clients give hidden reasoning
 * back as it came, so it goes as such a block before the call's.
 */
final class CallSignatures {

	private static final String PREFIX = "exchequer:call:";

	private CallSignatures() {
	}

	/** Returns the data of the block that carries a call's proof. */
	static String data(String callId, String signature) {
		return PREFIX + callId.length() + ':' + callId + signature;
	}

	/**
	 * Notes the proof that a block carries.
	 * @param signatures by the calls' identifiers
	 * @return whether it carries one
	 */
	static boolean read(String data, Map<String, String> signatures) {
		if (!data.startsWith(PREFIX)) {
			return false;
		}
		int colon = data.indexOf(':', PREFIX.length());
		if (colon < 0 || colon - PREFIX.length() > 5) {
			return false;
		}
		int length;
		try {
			length = Integer.parseInt(data.substring(PREFIX.length(), colon));
		}
		catch (NumberFormatException ex) {
			return false;
		}
		int end = colon + 1 + length;
		if (length < 0 || end > data.length()) {
			return false;
		}
		signatures.put(data.substring(colon + 1, end), data.substring(end));
		return true;
	}

}
