/**
 * Tests of the typed chat model and its wire.
 */
@NullMarked
package io.exchequer.routing.chat;

import org.jspecify.annotations.NullMarked;
