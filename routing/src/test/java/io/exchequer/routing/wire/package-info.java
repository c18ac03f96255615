/**
 * Tests of the wire format.
 */
@NullMarked
package io.exchequer.routing.wire;

import org.jspecify.annotations.NullMarked;
