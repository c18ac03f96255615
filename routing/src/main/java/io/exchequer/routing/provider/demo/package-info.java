/**
 * The built-in simulator.
 */
@NullMarked
package io.exchequer.routing.provider.demo;

import org.jspecify.annotations.NullMarked;
