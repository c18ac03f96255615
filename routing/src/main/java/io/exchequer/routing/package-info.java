/**
 * Decides which deployment serves a request, and runs it: hold, call, settle, fall back.
 * The base package is the API.
 */
@NullMarked
@ApplicationModule(allowedDependencies = { "kernel", "registry", "billing" })
package io.exchequer.routing;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
