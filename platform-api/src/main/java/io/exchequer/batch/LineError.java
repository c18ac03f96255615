package io.exchequer.batch;

import org.jspecify.annotations.Nullable;

/**
 * Why a batch's input is not valid, in OpenAI's form.
 *
 * @param code the stable code, such as {@code invalid_json_line}
 * @param message what is wrong
 * @param param the member at fault, or null
 * @param line the line at fault, from 1, or null where it is no line's
 */
public record LineError(String code, String message, @Nullable String param, @Nullable Integer line) {
}
