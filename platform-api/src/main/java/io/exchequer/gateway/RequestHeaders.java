package io.exchequer.gateway;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

import io.exchequer.registry.DataClass;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.tenancy.KeyIdentity;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * What the platform's own request headers say, checked.
 */
final class RequestHeaders {

	static final String TASK = "X-Exchequer-Task";

	static final String TAGS = "X-Exchequer-Tags";

	static final String DATA_CLASS = "X-Exchequer-Data-Class";

	static final String DROP_UNSUPPORTED = "X-Exchequer-Drop-Unsupported";

	static final String IDEMPOTENCY_KEY = "Idempotency-Key";

	/** The most tags a request may add to its key's. */
	static final int TAGS_MAX = 16;

	private static final int IDEMPOTENCY_KEY_MAX = 255;

	private static final Pattern TASK_FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

	private static final Pattern TAG_FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/=@+-]{0,63}");

	private static final String ANY = "*";

	private RequestHeaders() {
	}

	/**
	 * Returns the request's task: the header's, else {@code metadata.task}, else the
	 * endpoint's own.
	 * @throws Rejection if it is no task's name, or the key may not be used for it
	 */
	static String task(HttpServletRequest request, RequestDocument document, KeyIdentity identity) throws Rejection {
		String header = request.getHeader(TASK);
		Optional<String> metadata = (header != null) ? Optional.empty() : document.metadataTask();
		String task = (header != null) ? header.strip() : metadata.orElse(defaultTask(document.endpoint()));
		require(task, identity, (header != null) ? TASK : "metadata.task");
		return task;
	}

	/**
	 * Returns the header's task, or null where there is none.
	 * @throws Rejection if it is no task's name, or the key may not be used for it
	 */
	static @Nullable String task(HttpServletRequest request, KeyIdentity identity) throws Rejection {
		String header = request.getHeader(TASK);
		if (header == null) {
			return null;
		}
		require(header.strip(), identity, TASK);
		return header.strip();
	}

	private static void require(String task, KeyIdentity identity, String param) throws Rejection {
		if (!TASK_FORM.matcher(task).matches()) {
			throw Rejection.invalid("invalid_task",
					"A task's name is 1 to 64 letters, digits, dots, hyphens and underscores, and begins with a letter or digit.",
					param);
		}
		if (!identity.allowedTasks().contains(task) && !identity.allowedTasks().contains(ANY)) {
			throw Rejection.of(403, "task_not_allowed", "This key may not be used for the task '" + task
					+ "'. Ask whoever manages the key, or name another task in " + TASK + ".");
		}
	}

	private static String defaultTask(Endpoint endpoint) {
		return switch (endpoint) {
			case CHAT_COMPLETIONS -> "chat";
			case COMPLETIONS -> "completion";
			case EMBEDDINGS -> "embedding";
			case RERANK -> "rerank";
			case MODERATIONS -> "moderation";
			case IMAGES_GENERATIONS -> "image";
			case AUDIO_SPEECH -> "speech";
		};
	}

	/**
	 * Returns the key's tags and the request's, sorted and without duplicates.
	 * @throws Rejection if there are too many, or one is malformed or the platform's own
	 */
	static List<String> tags(HttpServletRequest request, KeyIdentity identity) throws Rejection {
		String header = request.getHeader(TAGS);
		if (header == null || header.isBlank()) {
			return identity.tags();
		}
		TreeSet<String> tags = new TreeSet<>();
		for (String part : header.split(",", -1)) {
			String tag = part.strip();
			if (!TAG_FORM.matcher(tag).matches()) {
				throw Rejection.invalid("invalid_tags",
						"Tags are separated by commas; each is 1 to 64 letters, digits and the characters . _ : / = @ + -, and begins with a letter or digit.",
						TAGS);
			}
			if (tag.startsWith(KeyIdentity.USER_TAG)) {
				throw Rejection.invalid("invalid_tags", "A tag that begins with " + KeyIdentity.USER_TAG
						+ " says which user of the console asked, and only the platform gives it.", TAGS);
			}
			tags.add(tag);
			if (tags.size() > TAGS_MAX) {
				throw Rejection.invalid("invalid_tags", "A request may carry at most " + TAGS_MAX + " tags.", TAGS);
			}
		}
		tags.addAll(identity.tags());
		return List.copyOf(tags);
	}

	/**
	 * Returns the data class the request claims, or null.
	 * @throws Rejection if it is none
	 */
	static @Nullable DataClass dataClass(HttpServletRequest request) throws Rejection {
		String header = request.getHeader(DATA_CLASS);
		if (header == null) {
			return null;
		}
		try {
			return DataClass.valueOf(header.strip().toUpperCase(Locale.ROOT));
		}
		catch (IllegalArgumentException _) {
			throw Rejection.invalid("invalid_data_class",
					"The data class is one of public, internal, confidential and restricted.", DATA_CLASS);
		}
	}

	/**
	 * Returns whether members that a deployment has no place for may be left out.
	 * @throws Rejection if it says neither true nor false
	 */
	static boolean dropUnsupported(HttpServletRequest request) throws Rejection {
		String header = request.getHeader(DROP_UNSUPPORTED);
		if (header == null) {
			return false;
		}
		return switch (header.strip().toLowerCase(Locale.ROOT)) {
			case "true" -> true;
			case "false" -> false;
			default -> throw Rejection.invalid("invalid_drop_unsupported",
					"Whether unsupported members may be left out is true or false.", DROP_UNSUPPORTED);
		};
	}

	/**
	 * Returns the idempotency key, or null.
	 * @throws Rejection if it is not 1 to 255 visible ASCII characters
	 */
	static @Nullable String idempotencyKey(HttpServletRequest request) throws Rejection {
		String header = request.getHeader(IDEMPOTENCY_KEY);
		if (header == null) {
			return null;
		}
		if (header.isEmpty() || header.length() > IDEMPOTENCY_KEY_MAX
				|| !header.chars().allMatch((character) -> character > ' ' && character < 0x7F)) {
			throw Rejection.invalid("invalid_idempotency_key",
					"An idempotency key is 1 to 255 visible ASCII characters.", IDEMPOTENCY_KEY);
		}
		return header;
	}

}
