package io.exchequer.routing.provider.translated;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The headers that an administrator has sent with every call to a provider.
 */
public final class Headers {

	/** A provider setting with this prefix is a header of every call. */
	public static final String PREFIX = "header.";

	/** What frames a request, or leads it to its server. */
	private static final Set<String> OWN = Set.of("connection", "content-encoding", "content-length", "content-type",
			"expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade");

	private Headers() {
	}

	/**
	 * Returns the headers among a provider's settings.
	 * @throws IllegalArgumentException if one is not usable
	 */
	public static Map<String, String> of(Map<String, String> settings) {
		Map<String, String> headers = new LinkedHashMap<>();
		settings.forEach((setting, value) -> {
			if (setting.startsWith(PREFIX)) {
				String name = setting.substring(PREFIX.length());
				check(name, value);
				headers.put(name, value);
			}
		});
		return headers;
	}

	private static void check(String name, String value) {
		if (name.isEmpty() || !name.chars().allMatch((c) -> c > ' ' && c < 0x7f && c != ':')
				|| !value.chars().allMatch((c) -> c >= ' ' && c < 0x7f)) {
			throw new IllegalArgumentException(
					"header " + name.replaceAll("[^\\x21-\\x7e]", "?") + " has characters that a header must not have");
		}
		if (OWN.contains(name.toLowerCase(Locale.ROOT))) {
			throw new IllegalArgumentException("header " + name + " is the platform's to set");
		}
	}

}
