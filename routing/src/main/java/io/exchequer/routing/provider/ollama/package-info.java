/**
 * Ollama's own API.
 */
@NullMarked
package io.exchequer.routing.provider.ollama;

import org.jspecify.annotations.NullMarked;
