/**
 * The APIs that clients know the gateway by. A dialect reads its requests into the one
 * canonical form, writes canonical answers in its own, and gives errors its shape;
 * everything between is the same for all of them.
 */
@NullMarked
package io.exchequer.gateway.dialect;

import org.jspecify.annotations.NullMarked;
