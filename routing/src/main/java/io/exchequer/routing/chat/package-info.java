/**
 * The chat model that every client dialect and every translated provider shares: requests
 * as typed values, answers as typed events, and their one canonical form on the wire,
 * OpenAI's with the additions that {@code docs/wire.md} lists.
 */
@NullMarked
@NamedInterface("chat")
package io.exchequer.routing.chat;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
