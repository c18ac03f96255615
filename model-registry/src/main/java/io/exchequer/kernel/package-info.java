/**
 * The small kernel every module shares: identifiers, money and token usage. No Spring.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.exchequer.kernel;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
