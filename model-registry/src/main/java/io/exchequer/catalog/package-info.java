/**
 * What is known of the models in the market: limits, abilities, list prices, licences and
 * memory, each with its source and date. The registry says what can be called; this says
 * what could be registered.
 */
@NullMarked
@ApplicationModule(allowedDependencies = { "kernel", "registry" })
package io.exchequer.catalog;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
