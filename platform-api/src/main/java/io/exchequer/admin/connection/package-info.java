/**
 * Connection tests: real, small, paid calls that find out what a deployment can do.
 */
@NullMarked
package io.exchequer.admin.connection;

import org.jspecify.annotations.NullMarked;
