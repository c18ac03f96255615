/**
 * Finds what could be called from here, and registers it: hosted providers by the keys in
 * the environment, and model servers on this machine by their answers.
 */
@NullMarked
@ApplicationModule
package io.exchequer.discovery;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
