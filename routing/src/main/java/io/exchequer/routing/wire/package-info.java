/**
 * OpenAI's wire format: reading requests without disturbing them, reading answers and
 * streams, bounding cost; a named interface for the gateway.
 */
@NullMarked
@NamedInterface("wire")
package io.exchequer.routing.wire;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
