/**
 * Tenants, teams, projects and virtual keys.
 */
@NullMarked
@ApplicationModule
package io.exchequer.tenancy;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
