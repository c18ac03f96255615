/**
 * Mistral's API, which is near OpenAI's but not it.
 */
@NullMarked
package io.exchequer.routing.provider.mistral;

import org.jspecify.annotations.NullMarked;
