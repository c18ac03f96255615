/**
 * Runs a route: hold, call, settle for each attempt, with fallback.
 */
@NullMarked
package io.exchequer.routing.execution;

import org.jspecify.annotations.NullMarked;
