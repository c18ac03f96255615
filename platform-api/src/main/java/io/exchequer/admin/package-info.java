/**
 * The admin API, the source of the OpenAPI document, and the apply file.
 */
@NullMarked
@ApplicationModule
package io.exchequer.admin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
