package io.exchequer.routing.provider.anthropic;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What differs between generations of models, told by the version in a model's name:
 * {@code claude-sonnet-4-6}, {@code claude-3-7-sonnet-20250219}. A name without one is
 * taken for a new model's.
 *
 * @param major the generation
 * @param minor its version, 0 where the name has none
 */
record ClaudeVersion(int major, int minor) {

	private static final Pattern NUMBERS = Pattern.compile("(?:^|[-.@])(\\d{1,2})(?:[-.](\\d{1,2}))?(?=$|[-.@:])");

	static ClaudeVersion of(String model) {
		Matcher numbers = NUMBERS.matcher(model);
		if (!numbers.find()) {
			return new ClaudeVersion(Integer.MAX_VALUE, 0);
		}
		String minor = numbers.group(2);
		return new ClaudeVersion(Integer.parseInt(numbers.group(1)), (minor != null) ? Integer.parseInt(minor) : 0);
	}

	private boolean isAtLeast(int wantedMajor, int wantedMinor) {
		return this.major > wantedMajor || this.major == wantedMajor && this.minor >= wantedMinor;
	}

	/**
	 * Returns whether the model decides by itself how much to think, led by an effort.
	 */
	boolean thinksAdaptively() {
		return isAtLeast(4, 6);
	}

	/** Returns whether a budget may be given for its thinking. */
	boolean takesBudget() {
		return !isAtLeast(4, 7);
	}

	/**
	 * Returns whether the application may speak within the conversation, behind the user.
	 */
	boolean takesSystemWithin() {
		return isAtLeast(4, 8);
	}

	/** Returns whether it may be told how to draw its tokens. */
	boolean takesSampling() {
		return !isAtLeast(4, 7);
	}

}
