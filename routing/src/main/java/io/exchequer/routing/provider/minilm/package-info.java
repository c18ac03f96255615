/**
 * The embedding model inside the process.
 */
@NullMarked
package io.exchequer.routing.provider.minilm;

import org.jspecify.annotations.NullMarked;
