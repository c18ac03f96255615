/**
 * Servers that send again what real ones sent.
 */
@NullMarked
package io.exchequer.replay;

import org.jspecify.annotations.NullMarked;
