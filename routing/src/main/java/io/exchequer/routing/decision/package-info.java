/**
 * Decision records: why each candidate was chosen or excluded, in few bytes.
 */
@NullMarked
package io.exchequer.routing.decision;

import org.jspecify.annotations.NullMarked;
