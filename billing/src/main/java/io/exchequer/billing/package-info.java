/**
 * Money: hold, settle, release and expire are the only four things that move it. The base
 * package is the API.
 */
@NullMarked
@ApplicationModule(allowedDependencies = { "kernel", "registry" })
package io.exchequer.billing;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
