/**
 * Routing policies: their tables, snapshot and validation.
 */
@NullMarked
package io.exchequer.routing.policy;

import org.jspecify.annotations.NullMarked;
