package io.exchequer.routing.chat;

import org.jspecify.annotations.Nullable;

/**
 * How much the model should think before it answers.
 *
 * @param effort {@code none}, {@code minimal}, {@code low}, {@code medium}, {@code high}
 * or another that the client gave, or null
 * @param budgetTokens the most tokens of reasoning, or null where the client does not say
 * @param enabled whether reasoning was switched on or off, or null where the client does
 * not say
 */
public record ReasoningWish(@Nullable String effort, @Nullable Integer budgetTokens, @Nullable Boolean enabled) {
}
