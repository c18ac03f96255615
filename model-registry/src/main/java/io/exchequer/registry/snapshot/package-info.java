/**
 * The registry in memory: loading it, and what hot paths do to it.
 */
@NullMarked
package io.exchequer.registry.snapshot;

import org.jspecify.annotations.NullMarked;
