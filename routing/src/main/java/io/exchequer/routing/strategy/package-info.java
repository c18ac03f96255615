/**
 * One class per routing strategy.
 */
@NullMarked
package io.exchequer.routing.strategy;

import org.jspecify.annotations.NullMarked;
