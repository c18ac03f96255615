/**
 * Anthropic's Messages API, through the vendor's own SDK.
 */
@NullMarked
package io.exchequer.routing.provider.anthropic;

import org.jspecify.annotations.NullMarked;
