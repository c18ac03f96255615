package io.exchequer.routing.wire;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.wire.JsonCursor.MalformedJsonException;
import org.jspecify.annotations.Nullable;

/**
 * Classifies every failure an upstream tells us of. What it says never contains any of
 * the upstream's body.
 */
public final class FailureClassifier {

	/** The most bytes of an error's body that are read to classify it. */
	public static final int EXCERPT_BYTES_MAX = 16 * 1024;

	/** The longest wait that is believed. */
	public static final Duration RETRY_AFTER_MAX = Duration.ofHours(1);

	private static final Set<String> QUOTA = Set.of("insufficient_quota", "quota_exceeded", "insufficient_balance",
			"billing_hard_limit_reached", "billing_not_active", "insufficient_credits", "exceeded_current_quota_error",
			"insufficient_funds", "budget_exceeded");

	private static final Set<String> TOO_LONG = Set.of("context_length_exceeded", "exceed_context_size_error",
			"string_above_max_length", "max_tokens_exceeded", "context_window_exceeded", "input_too_long");

	private static final Set<String> REFUSED = Set.of("content_filter", "content_policy_violation",
			"responsibleaipolicyviolation", "moderation_blocked", "content_blocked", "data_inspection_failed");

	private static final Set<String> GONE = Set.of("model_not_found", "deploymentnotfound", "deployment_not_found",
			"model_not_available", "model_decommissioned", "model_deprecated", "not_found_error", "notfounderror",
			"invalid_model");

	private static final Set<String> RATE = Set.of("rate_limit_exceeded", "rate_limit_error", "rate_limited",
			"too_many_requests", "ratelimiterror", "rate_limit_reached_error");

	private static final Set<String> CREDENTIAL = Set.of("invalid_api_key", "authentication_error",
			"invalid_authentication_error", "permission_denied", "permissiondenied", "unauthorized",
			"account_deactivated", "permission_error");

	private static final Set<String> OVERLOADED = Set.of("overloaded_error", "overloaded", "engine_overloaded",
			"engine_overloaded_error", "server_overloaded", "service_unavailable", "unavailable_error", "no_capacity");

	/** What a provider's code says of a member, in our own words. */
	private static final Map<String, String> ADVICE = Map.ofEntries(
			Map.entry("unsupported_parameter", "it does not take a member of it"),
			Map.entry("unknown_parameter", "it does not know a member of it"),
			Map.entry("unrecognized_parameter", "it does not know a member of it"),
			Map.entry("unsupported_value", "it does not take the value of a member"),
			Map.entry("invalid_value", "the value of a member is wrong"),
			Map.entry("invalid_type", "the type of a member is wrong"),
			Map.entry("missing_required_parameter", "a member is missing"),
			Map.entry("integer_above_max_value", "a number is too high"),
			Map.entry("integer_below_min_value", "a number is too low"),
			Map.entry("decimal_above_max_value", "a number is too high"),
			Map.entry("decimal_below_min_value", "a number is too low"),
			Map.entry("array_above_max_length", "a list is too long"),
			Map.entry("array_below_min_length", "a list is too short"), Map.entry("empty_array", "a list is empty"),
			Map.entry("invalid_function_parameters", "a tool's parameters are no schema that it takes"),
			Map.entry("invalid_json_schema", "the schema is none that it takes"),
			Map.entry("invalid_image", "an image cannot be read"),
			Map.entry("invalid_image_format", "an image's format is none that it takes"),
			Map.entry("invalid_image_url", "an image cannot be fetched"),
			Map.entry("invalid_base64", "something is not base64"));

	/** The members that an error may name; the rest of a path is left out. */
	private static final Set<String> MEMBERS = Set.of("model", "messages", "tools", "tool_choice",
			"parallel_tool_calls", "response_format", "max_tokens", "max_completion_tokens", "temperature", "top_p",
			"n", "stop", "stream", "stream_options", "logprobs", "top_logprobs", "logit_bias", "presence_penalty",
			"frequency_penalty", "seed", "user", "reasoning_effort", "prediction", "modalities", "audio", "metadata",
			"store", "service_tier", "verbosity", "functions", "function_call", "input", "dimensions",
			"encoding_format");

	private static final String[] TOO_LONG_WORDS = { "maximum context length", "context window", "context size",
			"context length", "prompt is too long", "too many tokens", "input is too long" };

	private FailureClassifier() {
	}

	/**
	 * Classifies an error.
	 * @param status the HTTP status, or 0 for an error within a stream or under a 200,
	 * for which the provider may charge
	 * @param retryAfter the {@code Retry-After} header, or null
	 * @param body the beginning of the body
	 * @param length its bytes
	 * @param now for a {@code Retry-After} that is a date
	 */
	public static UpstreamFailure classify(int status, @Nullable String retryAfter, byte[] body, int length,
			Instant now) {
		Told told = new Told();
		told.read(body, Math.min(length, EXCERPT_BYTES_MAX));
		FailureClass failureClass = failureClass((status != 0) ? status : told.status, told);
		String detail = (status != 0) ? "the provider answered with status " + status
				: "the provider sent an error in place of the answer";
		return new UpstreamFailure(failureClass, detail + " (" + words(failureClass) + ")", mayHaveCost(status),
				retryAfter(retryAfter, now), status, told.advice(), told.param());
	}

	/**
	 * An error status stands for an answer that was not made. But a proxy in front of the
	 * provider also says so when it merely stopped waiting (520, 522 and 524 are
	 * Cloudflare's, 598 and 599 other proxies'): what became of the request is unknown
	 * then, and may be charged. Most of Cloudflare's 522 never had a connection, but some
	 * had sent the request on it and then missed the acknowledgement; nothing tells them
	 * apart. 521 and 523 are no such: there, no connection was ever made.
	 */
	private static boolean mayHaveCost(int status) {
		return switch (status) {
			case 0, 408, 499, 504, 520, 522, 524, 598, 599 -> true;
			default -> false;
		};
	}

	private static FailureClass failureClass(int status, Told told) {
		if (status == 402 || told.any(QUOTA)) {
			return FailureClass.QUOTA_EXHAUSTED;
		}
		if (told.any(TOO_LONG) || status == 413
				|| (status == 400 || status == 422 || status >= 500 || status == 0) && told.says(TOO_LONG_WORDS)) {
			return FailureClass.CONTEXT_TOO_LONG;
		}
		if (told.any(REFUSED)) {
			return FailureClass.CONTENT_REFUSED;
		}
		if (status == 429 || told.any(RATE)) {
			return FailureClass.RATE_LIMITED;
		}
		if (status == 401 || status == 403 || told.any(CREDENTIAL)) {
			return FailureClass.CREDENTIAL_REJECTED;
		}
		if (status == 404 || status == 410 || told.any(GONE)) {
			return FailureClass.MODEL_GONE;
		}
		return byStatus(status, told);
	}

	private static FailureClass byStatus(int status, Told told) {
		if (status == 503 || status == 529 || status == 409 || status == 425 || told.any(OVERLOADED)) {
			return FailureClass.OVERLOADED;
		}
		if (status == 408 || status == 504 || status == 524) {
			return FailureClass.TIMEOUT;
		}
		if (status >= 500 || status == 0) {
			return FailureClass.SERVER_ERROR;
		}
		return (status >= 400) ? FailureClass.CALLER_FAULT : FailureClass.BROKEN_ANSWER;
	}

	private static String words(FailureClass failureClass) {
		return failureClass.name().toLowerCase(Locale.ROOT).replace('_', ' ');
	}

	/**
	 * Reads a {@code Retry-After}: seconds, possibly with a fraction, or a date.
	 * @return the wait, at most {@link #RETRY_AFTER_MAX}, or null where there is none
	 * that can be read
	 */
	static @Nullable Duration retryAfter(@Nullable String header, Instant now) {
		if (header == null || header.isBlank() || header.length() > 64) {
			return null;
		}
		String text = header.strip();
		Duration wait;
		try {
			wait = Character.isDigit(text.charAt(0)) ? seconds(text) : Duration.between(now,
					ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
		}
		catch (DateTimeException | ArithmeticException | NumberFormatException ex) {
			return null;
		}
		if (wait.isNegative()) {
			return Duration.ZERO;
		}
		return (wait.compareTo(RETRY_AFTER_MAX) > 0) ? RETRY_AFTER_MAX : wait;
	}

	private static Duration seconds(String text) {
		BigDecimal seconds = new BigDecimal(text);
		if (seconds.compareTo(BigDecimal.valueOf(RETRY_AFTER_MAX.toSeconds())) > 0) {
			return RETRY_AFTER_MAX;
		}
		return Duration.ofMillis(seconds.movePointRight(3).longValue());
	}

	/** What an error's body tells, in whichever shape it comes. */
	private static final class Told {

		private static final byte[] ERROR = Ascii.of("error");

		private static final byte[] INNER = Ascii.of("innererror");

		private static final byte[] CODE = Ascii.of("code");

		private static final byte[] TYPE = Ascii.of("type");

		private static final byte[] STATUS = Ascii.of("status");

		private static final byte[] MESSAGE = Ascii.of("message");

		private static final byte[] DETAIL = Ascii.of("detail");

		private static final byte[] PARAM = Ascii.of("param");

		private static final int DEPTH_MAX = 4;

		private final String[] codes = new String[8];

		private int count;

		private int status;

		private String message = "";

		private @Nullable String param;

		void read(byte[] body, int length) {
			JsonCursor cursor = new JsonCursor();
			int mark = Utf8.byteOrderMark(body, 0, length);
			cursor.reset(body, mark, length - mark);
			try {
				if (cursor.peek() == '{') {
					object(cursor, 0);
				}
			}
			catch (MalformedJsonException ex) {
				// What was read until here counts.
			}
		}

		private void object(JsonCursor cursor, int depth) throws MalformedJsonException {
			cursor.enterObject();
			while (cursor.nextMember()) {
				if (cursor.nameIs(ERROR) || cursor.nameIs(INNER)) {
					inner(cursor, depth);
				}
				else if (cursor.nameIs(ChunkScanner.CHOICES) && depth == 0) {
					choices(cursor);
				}
				else if (cursor.nameIs(CODE) || cursor.nameIs(TYPE) || cursor.nameIs(STATUS)) {
					code(cursor);
				}
				else if (cursor.nameIs(PARAM)) {
					param(cursor);
				}
				else if (cursor.nameIs(MESSAGE) || cursor.nameIs(DETAIL)) {
					message(cursor);
				}
				else {
					cursor.skipValue();
				}
			}
		}

		/** OpenRouter puts an error into the choice that it ended. */
		private void choices(JsonCursor cursor) throws MalformedJsonException {
			if (cursor.peek() != '[') {
				cursor.skipValue();
				return;
			}
			cursor.enterArray();
			while (cursor.nextElement()) {
				cursor.enterObject();
				while (cursor.nextMember()) {
					if (cursor.nameIs(ERROR)) {
						inner(cursor, 1);
					}
					else {
						cursor.skipValue();
					}
				}
			}
		}

		private void inner(JsonCursor cursor, int depth) throws MalformedJsonException {
			if (cursor.peek() == '{' && depth < DEPTH_MAX) {
				object(cursor, depth + 1);
			}
			else {
				message(cursor);
			}
		}

		private void code(JsonCursor cursor) throws MalformedJsonException {
			if (cursor.peek() == '"') {
				cursor.text();
				add(cursor.plain(64).toLowerCase(Locale.ROOT));
			}
			else {
				status((int) Math.min(cursor.count(), 1000));
			}
		}

		private void add(String code) {
			if (code.length() == 3 && code.chars().allMatch(Character::isDigit)) {
				status(Integer.parseInt(code));
			}
			else if (this.count < this.codes.length) {
				this.codes[this.count++] = code;
			}
		}

		private void status(int told) {
			if (told >= 400 && told < 600) {
				this.status = told;
			}
		}

		private void param(JsonCursor cursor) throws MalformedJsonException {
			if (cursor.peek() != '"') {
				cursor.skipValue();
				return;
			}
			cursor.text();
			String path = cursor.plain(64);
			int end = 0;
			while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
				end++;
			}
			String member = path.substring(0, end);
			this.param = MEMBERS.contains(member) ? member : null;
		}

		/** Returns the member at fault, where the provider names one that we know. */
		@Nullable String param() {
			return this.param;
		}

		/** Returns what is wrong in our own words, or null where none are known. */
		@Nullable String advice() {
			String words = null;
			for (int i = 0; i < this.count && words == null; i++) {
				words = ADVICE.get(this.codes[i]);
			}
			if (this.param == null) {
				return (words != null) ? words + "; check its members" : null;
			}
			return ((words != null) ? words + "; " : "") + "check '" + this.param + "'";
		}

		private void message(JsonCursor cursor) throws MalformedJsonException {
			if (cursor.peek() == '"') {
				cursor.text();
				this.message = cursor.beginning(1024).toLowerCase(Locale.ROOT);
			}
			else {
				cursor.skipValue();
			}
		}

		boolean any(Set<String> names) {
			for (int i = 0; i < this.count; i++) {
				if (names.contains(this.codes[i])) {
					return true;
				}
			}
			return false;
		}

		boolean says(String[] words) {
			for (String word : words) {
				if (this.message.contains(word)) {
					return true;
				}
			}
			return false;
		}

	}

}
