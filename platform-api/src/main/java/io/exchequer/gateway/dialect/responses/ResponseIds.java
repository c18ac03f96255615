package io.exchequer.gateway.dialect.responses;

import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Identifiers of responses and of their items: the platform's identifier of the request
 * is in all of them.
 */
public final class ResponseIds {

	private static final Pattern RESPONSE = Pattern.compile("resp_([0-9a-f]{32})");

	private static final Pattern ITEM = Pattern.compile("(?:msg|rs|fc)_([0-9a-f]{32})_\\d{1,6}");

	private ResponseIds() {
	}

	/** Returns a request's response. */
	static String of(UUID requestId) {
		return "resp_" + hex(requestId);
	}

	/** Returns an item of it. */
	static String item(String prefix, UUID requestId, int index) {
		return prefix + "_" + hex(requestId) + "_" + index;
	}

	/** Returns the request that a response answers, or null where it is none of ours. */
	public static @Nullable UUID response(String id) {
		return uuid(RESPONSE.matcher(id));
	}

	/** Returns the request whose answer has an item, or null where it is none of ours. */
	static @Nullable UUID ofItem(String id) {
		return uuid(ITEM.matcher(id));
	}

	private static @Nullable UUID uuid(Matcher id) {
		if (!id.matches()) {
			return null;
		}
		String hex = id.group(1);
		return new UUID(Long.parseUnsignedLong(hex, 0, 16, 16), Long.parseUnsignedLong(hex, 16, 32, 16));
	}

	private static String hex(UUID id) {
		return id.toString().replace("-", "");
	}

}
