/**
 * The contract every provider is tested against.
 */
@NullMarked
package io.exchequer.routing.provider;

import org.jspecify.annotations.NullMarked;
