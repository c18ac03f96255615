/**
 * The public AI APIs: HTTP and server-sent events.
 */
@NullMarked
@ApplicationModule
package io.exchequer.gateway;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
