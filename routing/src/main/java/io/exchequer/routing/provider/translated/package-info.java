/**
 * What every provider shares that is translated: the platform's wire is not its own, and
 * its vendor's SDK speaks to it. {@code docs/providers.md} says how to add one.
 */
@NullMarked
package io.exchequer.routing.provider.translated;

import org.jspecify.annotations.NullMarked;
