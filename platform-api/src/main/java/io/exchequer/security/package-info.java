/**
 * Who may do what on the admin API: users, sessions, admin tokens, roles, audit.
 */
@NullMarked
@ApplicationModule
package io.exchequer.security;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
