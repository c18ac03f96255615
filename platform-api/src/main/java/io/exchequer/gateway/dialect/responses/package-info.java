/**
 * OpenAI's Responses API: {@code /v1/responses}. Each piece is put as
 * {@code docs/dialects.md} says.
 */
@NullMarked
package io.exchequer.gateway.dialect.responses;

import org.jspecify.annotations.NullMarked;
