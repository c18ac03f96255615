package io.exchequer.tenancy;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

import io.exchequer.kernel.ValidationProblem;
import org.jspecify.annotations.Nullable;

/** Checks drafts, and gives their lists one form. */
final class Drafts {

	private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

	private static final Pattern IDENTIFIER = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

	private static final Pattern TAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/=@-]{0,63}");

	private static final int DISPLAY_NAME_MAX = 200;

	private static final int COST_CENTRE_MAX = 64;

	private static final int TAGS_MAX = 32;

	private static final int ALLOWED_MAX = 500;

	private static final int ALLOWED_NAME_MAX = 200;

	private Drafts() {
	}

	/**
	 * Refuses a new name that could be taken for an identifier: references are either.
	 * @throws ValidationProblem {@code name_like_identifier}
	 */
	static void requireNoIdentifier(String name) {
		if (IDENTIFIER.matcher(name).matches()) {
			throw ValidationProblem.of("name_like_identifier", "name", "must not have the form of an identifier");
		}
	}

	static void check(TenantDraft draft) {
		ValidationProblem.Collector problems = new ValidationProblem.Collector();
		names(problems, draft.name(), draft.displayName());
		problems.throwIfAny();
	}

	static void check(TeamDraft draft) {
		ValidationProblem.Collector problems = new ValidationProblem.Collector();
		names(problems, draft.name(), draft.displayName());
		reporting(problems, draft.costCentre(), draft.tags());
		problems.throwIfAny();
	}

	static void check(ProjectDraft draft) {
		ValidationProblem.Collector problems = new ValidationProblem.Collector();
		names(problems, draft.name(), draft.displayName());
		reporting(problems, draft.costCentre(), draft.tags());
		problems.throwIfAny();
	}

	static void check(KeyDraft draft, @Nullable Instant expiresAfter) {
		ValidationProblem.Collector problems = new ValidationProblem.Collector();
		name(problems, draft.name());
		reporting(problems, null, draft.tags());
		allowed(problems, "allowedNames", draft.allowedNames());
		allowed(problems, "allowedTasks", draft.allowedTasks());
		positive(problems, "requestsPerMinute", draft.requestsPerMinute());
		positive(problems, "tokensPerMinute", draft.tokensPerMinute());
		Instant expiresAt = draft.expiresAt();
		problems.require(expiresAfter == null || expiresAt == null || expiresAt.isAfter(expiresAfter), "already_past",
				"expiresAt", "must be later than now");
		problems.throwIfAny();
	}

	private static void names(ValidationProblem.Collector problems, String name, String displayName) {
		name(problems, name);
		problems.require(isLine(displayName, DISPLAY_NAME_MAX), "invalid_display_name", "displayName",
				"must have 1 to " + DISPLAY_NAME_MAX + " printable characters");
	}

	/** Returns whether a text is one line that people can read. */
	private static boolean isLine(String text, int longest) {
		return !text.isBlank() && text.length() <= longest && text.chars().noneMatch(Character::isISOControl);
	}

	private static void name(ValidationProblem.Collector problems, String name) {
		problems.require(NAME.matcher(name).matches(), "invalid_name", "name",
				"must be 1 to 64 lower-case letters, digits, '.', '_' or '-', beginning with a letter or digit");
	}

	private static void reporting(ValidationProblem.Collector problems, @Nullable String costCentre,
			List<String> tags) {
		problems.require(costCentre == null || isLine(costCentre, COST_CENTRE_MAX), "invalid_cost_centre", "costCentre",
				"must have 1 to " + COST_CENTRE_MAX + " printable characters");
		problems.require(tags.size() <= TAGS_MAX, "too_many_tags", "tags", "must be at most " + TAGS_MAX);
		for (int i = 0; i < tags.size(); i++) {
			problems.require(TAG.matcher(tags.get(i)).matches(), "invalid_tag", "tags[" + i + "]",
					"must be 1 to 64 letters, digits or any of . _ : / = @ -");
			problems.require(!tags.get(i).startsWith(KeyIdentity.USER_TAG), "reserved_tag", "tags[" + i + "]",
					"must not begin with \"" + KeyIdentity.USER_TAG + "\": such a tag says which user asked");
		}
	}

	private static void allowed(ValidationProblem.Collector problems, String field, List<String> names) {
		problems.require(names.size() <= ALLOWED_MAX, "too_many_names", field, "must be at most " + ALLOWED_MAX);
		for (int i = 0; i < names.size(); i++) {
			String name = names.get(i);
			problems.require(isLine(name, ALLOWED_NAME_MAX), "invalid_name", field + "[" + i + "]",
					"must have 1 to " + ALLOWED_NAME_MAX + " printable characters");
		}
	}

	private static void positive(ValidationProblem.Collector problems, String field, @Nullable Integer limit) {
		problems.require(limit == null || limit > 0, "not_positive", field, "must be at least 1");
	}

	static String[] sorted(List<String> values) {
		return values.stream().distinct().sorted().toArray(String[]::new);
	}

	/**
	 * Returns the stored tags that people may give. One that says who asked may have been
	 * stored before that was reserved: it is nobody's, is neither shown nor exported, and
	 * is gone with the next change.
	 */
	static List<String> given(String[] stored) {
		return Arrays.stream(stored).filter((tag) -> !tag.startsWith(KeyIdentity.USER_TAG)).toList();
	}

	/** Returns the old array where nothing changed, so that nothing is written. */
	static String[] keepEqual(String[] old, String[] fresh) {
		return Arrays.equals(old, fresh) ? old : fresh;
	}

}
