/**
 * How the registry's jsonb columns are written and read.
 */
@NullMarked
package io.exchequer.registry.json;

import org.jspecify.annotations.NullMarked;
