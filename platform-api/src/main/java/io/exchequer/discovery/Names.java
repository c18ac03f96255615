package io.exchequer.discovery;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Makes names of what servers call their models.
 */
final class Names {

	private static final int LENGTH_MAX = 128;

	private static final int SHOWN_MAX = 64;

	private static final Pattern PART = Pattern.compile("[A-Za-z0-9._:-]+");

	private static final Pattern DOTS = Pattern.compile("\\.{1,2}");

	private static final Pattern IDENTIFIER = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

	private static final String FILE_ENDING = ".gguf";

	private Names() {
	}

	/**
	 * Returns the name of a model: what its server calls it, or the file's name where
	 * that is a file. Empty where it cannot be a name.
	 */
	static Optional<String> model(String id) {
		String name = id.strip();
		if (name.endsWith(FILE_ENDING) || name.startsWith("/") || name.indexOf('\\') >= 0) {
			String file = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
			name = file.endsWith(FILE_ENDING) ? file.substring(0, file.length() - FILE_ENDING.length()) : file;
		}
		return usable(name.replaceAll("[^A-Za-z0-9._:/-]+", "-"));
	}

	/** Returns a name where the registry would take it, else empty. */
	static Optional<String> usable(String name) {
		if (name.length() > LENGTH_MAX || name.equalsIgnoreCase("auto") || IDENTIFIER.matcher(name).matches()) {
			return Optional.empty();
		}
		for (String part : name.split("/", -1)) {
			if (!PART.matcher(part).matches() || DOTS.matcher(part).matches()) {
				return Optional.empty();
			}
		}
		return Optional.of(name);
	}

	/** Returns a server's text as it can stand in the log: short and plain. */
	static String shown(String text) {
		String plain = text.replaceAll("[^\\x20-\\x7e]", "?");
		return (plain.length() <= SHOWN_MAX) ? plain : plain.substring(0, SHOWN_MAX) + "...";
	}

}
