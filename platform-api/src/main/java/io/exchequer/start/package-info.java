/**
 * Starting up: the embedded PostgreSQL, master keys, first-start work.
 */
@NullMarked
@ApplicationModule
package io.exchequer.start;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
