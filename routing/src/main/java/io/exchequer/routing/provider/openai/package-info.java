/**
 * Any upstream with OpenAI's wire format, Azure OpenAI included.
 */
@NullMarked
package io.exchequer.routing.provider.openai;

import org.jspecify.annotations.NullMarked;
