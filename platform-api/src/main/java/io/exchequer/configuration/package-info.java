/**
 * The configuration in memory: one version at a time, confirmed within a second of every
 * change.
 */
@NullMarked
@ApplicationModule
package io.exchequer.configuration;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
