/**
 * Google's Gemini models, by the Gemini API and by Vertex AI, through the vendor's own
 * SDK.
 */
@NullMarked
package io.exchequer.routing.provider.gemini;

import org.jspecify.annotations.NullMarked;
