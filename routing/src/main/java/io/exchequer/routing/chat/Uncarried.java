package io.exchequer.routing.chat;

/**
 * A member of a request that a provider has no place for. The request is refused with its
 * advice, or sent without it where the caller allows that.
 *
 * @param param the member's path, such as {@code logit_bias} or
 * {@code messages[2].content[0].input_audio}
 * @param advice what the provider lacks and what to do, in a sentence
 * @param droppable whether the request keeps its meaning without it: a seed does, an
 * image does not
 */
public record Uncarried(String param, String advice, boolean droppable) {
}
