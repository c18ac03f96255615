/**
 * Whole journeys through the real process.
 */
@NullMarked
package io.exchequer.journey;

import org.jspecify.annotations.NullMarked;
