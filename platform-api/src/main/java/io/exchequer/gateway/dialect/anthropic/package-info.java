/**
 * Anthropic's Messages API: {@code /v1/messages} and its token count. Each piece is put
 * as {@code docs/dialects.md} says.
 */
@NullMarked
package io.exchequer.gateway.dialect.anthropic;

import org.jspecify.annotations.NullMarked;
