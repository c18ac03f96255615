package io.exchequer.routing.provider.gemini;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What differs between generations of models, told by the version in a model's name:
 * {@code gemini-2.5-flash}, {@code gemini-3-pro-preview}. A name without one is taken for
 * a new model's.
 *
 * @param major the generation
 * @param minor its version, 0 where the name has none
 * @param pro whether it is of the largest size
 */
record GeminiVersion(int major, int minor, boolean pro) {

	private static final Pattern NUMBERS = Pattern.compile("gemini-(\\d{1,2})(?:\\.(\\d{1,2}))?(?=$|[-@:])");

	static GeminiVersion of(String model) {
		String name = model.toLowerCase(Locale.ROOT);
		boolean pro = name.contains("-pro");
		Matcher numbers = NUMBERS.matcher(name);
		if (!numbers.find()) {
			return new GeminiVersion(Integer.MAX_VALUE, 0, pro);
		}
		String minor = numbers.group(2);
		return new GeminiVersion(Integer.parseInt(numbers.group(1)), (minor != null) ? Integer.parseInt(minor) : 0,
				pro);
	}

	private boolean isAtLeast(int wantedMajor, int wantedMinor) {
		return this.major > wantedMajor || this.major == wantedMajor && this.minor >= wantedMinor;
	}

	/** Returns whether the model thinks at all. */
	boolean thinks() {
		return isAtLeast(2, 5);
	}

	/** Returns whether how much it thinks is told by a level, not by a budget. */
	boolean takesLevel() {
		return isAtLeast(3, 0);
	}

	/** Returns whether it can be told not to think. */
	boolean canStopThinking() {
		return !thinks() || !takesLevel() && !this.pro;
	}

	/** Returns whether a tool's result may have images of its own. */
	boolean takesResultParts() {
		return isAtLeast(3, 0);
	}

}
