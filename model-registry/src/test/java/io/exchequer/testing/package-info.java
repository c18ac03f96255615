/**
 * What every module's tests run against: a real, durable PostgreSQL, and checks of the
 * data rules.
 */
@NullMarked
package io.exchequer.testing;

import org.jspecify.annotations.NullMarked;
