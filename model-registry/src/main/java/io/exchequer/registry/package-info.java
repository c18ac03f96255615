/**
 * What can be called, and at which price: providers, models, aliases, deployments,
 * capabilities, life-cycle and price cards.
 */
@NullMarked
@ApplicationModule(allowedDependencies = "kernel")
package io.exchequer.registry;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
