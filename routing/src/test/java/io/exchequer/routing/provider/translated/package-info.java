/**
 * Tests of what translated providers share.
 */
@NullMarked
package io.exchequer.routing.provider.translated;

import org.jspecify.annotations.NullMarked;
